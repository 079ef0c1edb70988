"""The console is set up whole or not at all, and only where browsers keep its cookie."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.policy.console.settings import ConsoleSettings

WHOLE = {
    "console_client_id": "55555555-5555-4555-8555-555555555555",
    "console_authority": "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111",
    "console_url": "https://rooms.example.org",
}


def test_without_a_client_id_there_is_no_console() -> None:
    assert ConsoleSettings().console_client_id is None


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"console_url": "http://127.0.0.1:8081"},
        {"console_url": "http://localhost:8081"},
        {"console_url": "http://[::1]:8081"},
        {"console_url": "https://rooms.example.org:8443"},
        {"console_client_id": None, "console_authority": None, "console_url": None},
    ],
    ids=str,
)
def test_what_people_can_sign_in_to_is_taken(changed: dict[str, Any]) -> None:
    ConsoleSettings(**{**WHOLE, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"console_url": None},
        {"console_authority": None},
        {"console_client_id": ""},
        {"console_url": "http://rooms.example.org"},
        {"console_url": "http://127.0.0.1.example.org"},
        {"console_url": "https://rooms.example.org/"},
        {"console_url": "https://rooms.example.org/below"},
        {"console_url": "rooms.example.org"},
        {"console_authority": "https://login.microsoftonline.com/contoso.onmicrosoft.com"},
        {"console_authority": "https://login.microsoftonline.com/common"},
        {"console_authority": "http://login.example.org/11111111-1111-4111-8111-111111111111"},
        {"console_idle_min": 0},
        {"console_session_min": 0},
    ],
    ids=str,
)
def test_half_a_set_up_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ConsoleSettings(**{**WHOLE, **changed})
