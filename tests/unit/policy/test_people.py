"""Rows of attendees are counted as people: each once, and no room."""

from typing import Any

import pytest

from libs.contracts.values import Attendee, Person
from services.policy.core.people import count_people
from tests.unit.policy.factories import ADA, ROOM, meeting

X500 = "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=0af4"
ROOMS = {ROOM, "other@example.org"}


def row(address: str, name: str | None = None, kind: str = "required") -> Attendee:
    return Attendee.model_validate({"address": address, "name": name, "kind": kind})


@pytest.mark.parametrize(
    ("rows", "people"),
    [
        ([], 1),
        ([row("ben@example.org")], 2),
        ([row("BEN@example.org"), row("ben@example.org", kind="optional")], 2),
        ([row("ben@example.org", "Ben Ochs"), row(X500, "ben  ochs")], 2),
        ([row(X500, "Ada")], 1),
        ([row(X500, "ben@example.org"), row("ben@example.org", "Ben")], 2),
        ([row(X500, "Ben"), row(f"{X500}1", "Ben")], 2),
        ([row(X500), row(f"{X500}1")], 3),
        ([row("ben@example.org", "Ben"), row("ben@elsewhere.example", "Ben")], 3),
        ([row(ROOM, "Aurora")], 1),
        ([row(ROOM, "Aurora"), row("other@example.org", "Birch")], 1),
        ([row("SMTP:Other@example.org")], 1),
        ([row(ROOM, "Aurora"), row(X500, "Aurora")], 1),
        ([row("hall@example.org", "Hall", "resource"), row("hall@example.org", "Hall")], 1),
        ([row("hall@example.org", "Hall", "resource"), row(X500, "Hall")], 1),
    ],
    ids=range(15),
)
def test_people_are_counted_once_and_rooms_never(rows: list[Attendee], people: int) -> None:
    assert count_people(meeting(organizer=ADA, attendees=tuple(rows)), ROOMS) == people


@pytest.mark.parametrize(("different", "people"), [({"is_room_owned": True}, 0), ({"organizer": None}, 0)])
def test_the_room_is_not_its_own_guest(different: dict[str, Any], people: int) -> None:
    usual = {"organizer": Person(address=ROOM, name="Aurora")}
    assert count_people(meeting(**{**usual, **different}), ROOMS) == people
