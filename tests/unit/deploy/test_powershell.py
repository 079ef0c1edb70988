import pytest

from deploy.powershell import SCRIPTS, faults_of, scripts_parse


def test_the_set_up_scripts_are_there_and_parse() -> None:
    assert len(list(SCRIPTS.glob("*.ps1"))) == 6
    assert list(scripts_parse()) == []


@pytest.mark.parametrize("script", ["if ($true) { 'open'", "$x = @{ Name = }", "Get-Item -Path 'unfinished"])
def test_what_is_no_powershell_is_found(script: str) -> None:
    assert list(faults_of(script.encode()))
