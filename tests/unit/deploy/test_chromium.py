"""Chromium is found where it is, and where it cannot be had a sentence says how to get it."""

from pathlib import Path

import pytest

from deploy.local.chromium import NoChromium, bring_chromium, installed_chromium


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory in which programs are looked for. It is empty, so there is no apt-get either."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


async def test_the_installed_one_is_taken(programs: Path, tmp_path: Path) -> None:
    program = programs / "chromium"
    program.touch(mode=0o755)

    assert installed_chromium() == program
    assert await bring_chromium(tmp_path, print) == program


async def test_where_it_cannot_be_had_a_sentence_says_how_to_get_it(programs: Path, tmp_path: Path) -> None:
    with pytest.raises(NoChromium, match="get it by: apt-get install chromium"):
        await bring_chromium(tmp_path, print)
