"""What is told of a private meeting: when it is and who organizes it, not what it is about or who comes by name."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.privacy import masked
from libs.contracts.values import Attendee, Occurrence, SeriesListing
from services.policy.core.people import count_people
from tests.unit.policy.factories import ADA, ROOM, meeting, window
from tests.unit.policy.test_people import ROOMS, X500, row

SURGERY: dict[str, Any] = {
    "subject": "Surgery",
    "organizer": ADA,
    "attendees": (row("ben@example.org", "Ben Ochs"), row(ROOM, "Aurora", "resource")),
}


def occurrence(**fields: Any) -> Occurrence:
    at = window(1)
    usual = {"original_date": date(2027, 3, 1), "event_id": "date", "start": at.start, "end": at.end}
    return Occurrence.model_validate({**usual, **fields})


def test_a_private_meeting_keeps_its_time_and_organizer_and_loses_its_subject_and_the_names_of_guests() -> None:
    before = meeting(is_private=True, **SURGERY)

    found = masked(before)

    assert (found.window, found.organizer, found.is_private, found.subject) == (before.window, ADA, True, "Private")
    assert [each.address for each in found.attendees] == ["ben@example.org", ROOM]
    for word in ("Surgery", "Ben", "Ochs", "Aurora"):
        assert word not in found.model_dump_json()


def test_a_meeting_that_is_not_private_and_a_hold_of_ours_stay_as_they_are() -> None:
    for shown in (meeting(**SURGERY), meeting(is_private=True, reservation_id=UUID(int=1), **SURGERY)):
        assert masked(shown) == shown


def test_of_a_series_each_private_date_is_masked_and_no_other() -> None:
    guests = (row("ben@example.org", "Ben Ochs"),)
    dates = (
        occurrence(subject="Surgery", attendees=guests, is_private=True),
        occurrence(subject="Rounds", attendees=guests),
        occurrence(subject="Surgery", is_private=True),
    )
    series = SeriesListing(recurrence={}, time_zone="UTC", occurrences=dates)

    found = masked(meeting(subject="Rounds", series=series, is_series=True)).series

    assert found is not None
    private, shown, plain = found.occurrences
    assert (private.subject, plain.subject, plain.attendees) == ("Private", "Private", None)
    assert "Ochs" not in private.model_dump_json()
    assert shown == dates[1]


@pytest.mark.parametrize(
    "rows",
    [
        [row("ben@example.org", "Ben Ochs"), row(X500, "ben  ochs")],
        [row(X500, "Ada")],
        [row(X500, "ben@example.org"), row("ben@example.org", "Ben")],
        [row(X500, "Ben"), row(f"{X500}1", "Ben"), row(f"{X500}2", "Bea")],
        [row(ROOM, "Aurora"), row(X500, "Aurora")],
        [row("hall@example.org", "Hall", "resource"), row(X500, "Hall"), row("ben@example.org")],
    ],
    ids=range(6),
)
def test_as_many_people_come_as_before(rows: list[Attendee]) -> None:
    private = meeting(is_private=True, organizer=ADA, attendees=tuple(rows))

    assert count_people(masked(private), ROOMS) == count_people(private, ROOMS)
