"""The description that is checked in is the one the API serves of itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.policy.api.app import routes
from services.policy.api.openapi import as_file

BOUNDS = {
    "string": {"minLength", "maxLength", "pattern"},
    "array": {"minItems", "maxItems"},
    "object": {"minProperties", "maxProperties"},
    "integer": {"minimum", "maximum"},
}
"""What bounds a value of each type; beside another type it says nothing."""

FILE = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_the_checked_in_description_is_up_to_date() -> None:
    assert FILE.read_text() == as_file(routes()), "write it anew: make documents"


def test_what_bounds_a_value_belongs_to_its_type() -> None:
    bounded = list(bounds_in(routes().openapi()))

    assert {type_ for _, type_, _ in bounded} == set(BOUNDS)
    assert [each for each in bounded if each[2] not in BOUNDS.get(each[1], ())] == []


def test_a_week_and_a_list_of_approvers_are_not_empty() -> None:
    kinds = routes().openapi()["components"]["schemas"]["NewPolicy"]["properties"]["parameters"]["anyOf"]
    found = {name: each for kind in kinds for name, each in kind["properties"].items()}

    assert found["weekly"]["minProperties"] == 1
    assert found["peak"]["anyOf"][0]["minProperties"] == 1
    assert (found["approvers"]["minItems"], found["approvers"]["maxItems"]) == (1, 1000)
    assert "minItems" not in found["stand_ins"]


def bounds_in(part: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Find what bounds values in a schema: where, the type of the value, and the name of the bound."""
    if isinstance(part, dict):
        if isinstance(part.get("type"), str):
            yield from ((place, part["type"], name) for name in part if name in set().union(*BOUNDS.values()))
        for name, each in part.items():
            yield from bounds_in(each, f"{place}/{name}")
    elif isinstance(part, list):
        for each in part:
            yield from bounds_in(each, place)
