"""The description that is checked in is the one the API serves of itself."""

from pathlib import Path

from services.policy.api.app import routes
from services.policy.api.openapi import as_file

FILE = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_the_checked_in_description_is_up_to_date() -> None:
    assert FILE.read_text() == as_file(routes()), "write it anew: make documents"
