"""An event of which only the times can be read blocks them, and undoes nothing that was decided before."""

from typing import Any

import pytest

from libs.contracts.titles import UNREADABLE
from libs.contracts.values import Answer, Meeting, Window
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    NEW,
    RESERVATION,
    beside_notes,
    booked,
    decided,
    judged,
    known,
    ledger,
    meeting,
    noted,
    recorded,
    reservation,
    saved,
    taken,
    wants,
)


def unreadable(at: Window = BOOKED, **different: Any) -> Meeting:
    nothing = {"subject": "", "organizer": None, "attendees": (), "answer": Answer.ORGANIZER, "is_unreadable": True}
    return meeting(at, **{**nothing, **different})


@pytest.mark.parametrize("is_room_owned", [True, False])
def test_it_blocks_its_time_under_a_title_that_says_so(is_room_owned: bool) -> None:
    decision = decided(ledger(), unreadable(is_room_owned=is_room_owned))

    [made] = saved(decision)
    assert (made.id, made.status, made.window, made.title) == (NEW, "confirmed", BOOKED, UNREADABLE)
    assert wants(decision) == {}
    assert noted(decision).shown_answer == "organizer"


def test_it_is_imported_once() -> None:
    seen = known(judged=judged(organizer=None, people=0), shown_answer="organizer")
    before = ledger(meeting=seen, reservation=reservation(title=UNREADABLE), taken=(taken(reservation_id=RESERVATION),))

    assert beside_notes(decided(before, unreadable())) == []


def test_an_accepted_meeting_that_cannot_be_read_for_a_while_stays_as_it_was() -> None:
    decision = decided(booked(), unreadable())

    assert beside_notes(decision) == []
    assert (noted(decision).judged, noted(decision).standing) == (judged(), Standing.ACCEPTED)
    assert noted(decision).shown_answer == "accepted"


def test_an_accepted_meeting_that_moves_unreadably_takes_its_reservation_along_if_it_can() -> None:
    [moved] = saved(decided(booked(), unreadable(ELSEWHEN)))
    blocked = decided(booked(taken=(taken(reservation_id=RESERVATION), taken(ELSEWHEN))), unreadable(ELSEWHEN))

    assert (moved.id, moved.window, moved.title) == (RESERVATION, ELSEWHEN, "Planning")
    assert beside_notes(blocked) == []


def test_one_in_the_way_of_a_reservation_is_written_down_once() -> None:
    first = decided(ledger(taken=(taken(),)), unreadable())
    again = decided(ledger(meeting=noted(first), taken=(taken(),)), unreadable())

    assert (first.note, saved(first), len(recorded(first))) == ("unmanaged", [], 1)
    assert beside_notes(again) == []


@pytest.mark.parametrize("seen", [unreadable(shows_as="free"), unreadable(is_cancelled=True)])
def test_one_that_takes_no_time_blocks_none(seen: Meeting) -> None:
    imported = ledger(
        meeting=known(judged=judged(organizer=None, people=0), shown_answer="organizer"), reservation=reservation()
    )

    assert saved(decided(ledger(), seen)) == []
    assert [each.status for each in saved(decided(imported, seen))] == ["cancelled"]


def test_an_invitation_that_can_be_read_at_last_is_answered_and_keeps_its_reservation() -> None:
    before = ledger(
        meeting=known(judged=judged(organizer=None, people=0), shown_answer="organizer"),
        reservation=reservation(title=UNREADABLE, organizer_address=None, organizer_name=None, attendee_count=0),
        taken=(taken(reservation_id=RESERVATION),),
    )

    decision = decided(before, meeting())

    [kept] = saved(decision)
    assert (kept.id, kept.title, kept.organizer_address) == (RESERVATION, "Planning", "ada@example.org")
    assert [goal.want for goal in wants(decision).values()] == ["answer"]
