"""What passes for text, addresses, instants and zones."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from libs.contracts.fields import Address
from services.policy.api.fields import Line, MomentIn, MomentOut, Prose, Zone

FIELDS: dict[str, Any] = {"Line": Line, "Prose": Prose, "Address": Address, "Zone": Zone, "MomentIn": MomentIn}


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("Line", "  Room 1 ", "Room 1"),
        ("Line", "Grüße 会議室 🎉", "Grüße 会議室 🎉"),
        ("Prose", "two\nlines", "two\nlines"),
        ("Prose", "", ""),
        ("Address", "Room.1@Example.ORG", "room.1@example.org"),
        ("Zone", "Europe/Berlin", "Europe/Berlin"),
        ("MomentIn", "2027-03-01T09:00:00+01:00", datetime(2027, 3, 1, 8, tzinfo=UTC)),
        ("MomentIn", "2027-03-01T09:00:00.5Z", datetime(2027, 3, 1, 9, tzinfo=UTC)),
        ("MomentIn", datetime(2027, 3, 1, 9, 0, 0, 5, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC)),
    ],
)
def test_what_makes_sense_is_kept_in_one_form(field: str, given: object, kept: object) -> None:
    assert TypeAdapter(FIELDS[field]).validate_python(given) == kept


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("Line", ""),
        ("Line", " \t "),
        ("Line", "a\rb"),
        ("Line", "a\x7f"),
        ("Line", "\ud800"),
        ("Prose", "a\x00"),
        ("Prose", "x" * 2001),
        ("Address", "room"),
        ("Address", "a@b@c"),
        ("Address", "Room <room@example.org>"),
        ("Address", "a@b c"),
        ("Zone", ""),
        ("Zone", "europe/berlin"),
        ("Zone", "/etc/localtime"),
        ("MomentIn", "2027-03-01T09:00:00"),
        ("MomentIn", "2027-03-01 09:00:00Z"),
        ("MomentIn", "2027-13-01T09:00:00Z"),
        ("MomentIn", "2027-03-01T25:00:00Z"),
        ("MomentIn", "2027-03-01T09:00:00+99:99"),
        ("MomentIn", "0001-01-01T00:00:00+23:59"),
        ("MomentIn", "9999-12-31T23:59:59-23:59"),
        ("MomentIn", "٢٠٢٧-03-01T09:00:00Z"),
        ("MomentIn", 0),
        ("MomentIn", None),
    ],
)
def test_what_makes_no_sense_is_refused_without_repeating_it(field: str, given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(FIELDS[field]).validate_python(given)


def test_instants_are_shown_in_utc() -> None:
    shown = TypeAdapter(MomentOut).dump_python(datetime.fromisoformat("2027-03-01T09:00:00+01:00"), mode="json")
    assert shown == "2027-03-01T08:00:00Z"
