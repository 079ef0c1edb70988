"""Links are set up whole or not at all."""

import pytest
from pydantic import SecretStr, ValidationError

from services.policy.settings import PatienceSettings

SECRET = "a secret of more than thirty-two characters"


def settings(url: str | None, secrets: str | None) -> PatienceSettings:
    given = {"policy_public_url": url, "link_secrets": None if secrets is None else SecretStr(secrets)}
    return PatienceSettings.model_validate({name: value for name, value in given.items() if value is not None})


@pytest.mark.parametrize("secrets", [None, SECRET])
def test_without_an_address_there_are_no_links(secrets: str | None) -> None:
    assert settings(None, secrets).patience.links is None


def test_an_address_and_secrets_make_links() -> None:
    assert settings("https://rooms.example.org", f"{SECRET}, old {SECRET}").patience.links is not None


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("https://rooms.example.org", None),
        ("https://rooms.example.org", " , "),
        ("https://rooms.example.org", "short"),
        ("https://rooms.example.org", f"{SECRET},short"),
        ("https://rooms.example.org/below", SECRET),
        ("https://rooms.example.org?x=1", SECRET),
        ("rooms.example.org", SECRET),
        ("javascript://rooms.example.org", SECRET),
    ],
)
def test_half_a_set_up_is_refused_and_no_secret_is_told(url: str, secrets: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(url, secrets)
    assert SECRET not in str(refused.value)
