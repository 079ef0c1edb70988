"""What Outlook shows in the way of a request is looked at once more before the request is refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.values import Attendee
from services.policy.core.changes import LookAgain
from services.policy.core.ledger import PendingLook, Slice
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    HOLD,
    KEY,
    NEW,
    NOW,
    OTHER,
    UID,
    answer,
    answered,
    beside_notes,
    booked,
    decided,
    intent,
    judged,
    known,
    ledger,
    meeting,
    noted,
    recurring,
    saved,
    taken,
    wants,
    window,
)

SHOWN = taken(ical_uid="uid-of-board")
CROWD = tuple(Attendee(address=f"p{n}@example.org") for n in range(9))


def looking(**different: Any) -> Slice:
    """Make the slice of a request about which a look was asked for a second ago."""
    pending = PendingLook(look_id=OTHER, judged=judged(), until=NOW + timedelta(seconds=9))
    first = known(judged=None, standing=None, reservation_id=None, shown_answer="notResponded", pending_look=pending)
    return ledger(**{"meeting": first, "taken": (SHOWN,)} | different)


SETTLING = timedelta(seconds=5)
OWN = taken(ical_uid="uid-of-board", organizer="ada@example.org")


def settling(**different: Any) -> Slice:
    """Make the slice of a request that its organizer's own meeting is in the way of, and that waits for it to leave."""
    asked = decided(ledger(taken=(OWN,)), meeting(), settling=SETTLING)
    return ledger(**{"meeting": noted(asked), "taken": (OWN,)} | different)


def test_the_organizers_own_meeting_in_the_way_is_given_time_to_leave() -> None:
    asked = settling().meeting

    assert asked is not None
    assert asked.pending_look is not None
    assert asked.pending_look.settles_at == NOW + SETTLING
    assert decided(settling(), meeting(), look_id=NEW).changes == ()


def test_once_its_time_to_settle_is_over_the_next_look_decides() -> None:
    asked = settling().meeting
    assert asked is not None
    assert asked.pending_look is not None
    settled = replace(asked, pending_look=asked.pending_look.model_copy(update={"settles_at": None}))

    refused = decided(settling(meeting=settled), meeting(), look_id=NEW)

    assert (answered(refused).answer, noted(refused).pending_look) == ("declined", None)


def test_a_request_does_not_settle_for_ever() -> None:
    late = NOW + SETTLING + timedelta(seconds=10)

    assert answered(decided(settling(now=late), meeting(), late)).answer == "declined"


@pytest.mark.parametrize("other", ["ben@example.org", None])
def test_what_others_have_is_not_waited_for(other: str | None) -> None:
    foreign = taken(ical_uid="uid-of-audit", organizer=other)

    asked = decided(ledger(taken=(OWN, foreign)), meeting(), settling=SETTLING)
    decision = decided(settling(taken=(OWN, foreign)), meeting(), look_id=NEW)

    pending = noted(asked).pending_look
    assert (pending and pending.settles_at, answered(decision).answer) == (None, "declined")


def test_a_series_waits_for_its_organizers_own_meetings_too() -> None:
    asked = decided(ledger(taken=(OWN,)), recurring(), settling=SETTLING)

    pending = noted(asked).pending_look
    assert pending is not None
    assert pending.settles_at == NOW + SETTLING
    assert decided(ledger(meeting=noted(asked), taken=(OWN,)), recurring(), look_id=NEW).changes == ()


def test_a_request_that_is_taken_back_is_no_longer_looked_for() -> None:
    own = taken(ELSEWHEN, ical_uid="uid-of-board", organizer="ada@example.org")
    moved = decided(booked(taken=(own,)), meeting(ELSEWHEN), settling=SETTLING)

    back = decided(booked(taken=(own,), meeting=noted(moved)), meeting(answer="accepted"))

    assert (noted(moved).pending_look is None, noted(back).pending_look) == (False, None)


def test_before_a_conflict_is_answered_the_calendar_is_asked_about_what_is_in_the_way() -> None:
    decision = decided(ledger(taken=(SHOWN, taken(ical_uid="uid-of-audit"))), meeting())

    assert beside_notes(decision) == [LookAgain(NEW, UID, ("uid-of-audit", "uid-of-board"))]
    pending = noted(decision).pending_look
    assert pending is not None
    assert (pending.look_id, pending.judged, pending.until) == (NEW, judged(), NOW + timedelta(seconds=10))
    assert (noted(decision).standing, noted(decision).last_observed_at) == (None, NOW)


def test_a_refused_move_waits_for_a_look_too() -> None:
    decision = decided(booked(taken=(taken(ELSEWHEN, ical_uid="uid-of-board"),)), meeting(ELSEWHEN))

    assert beside_notes(decision) == [LookAgain(NEW, UID, ("uid-of-board",))]


def test_what_is_observed_meanwhile_decides_nothing_and_makes_the_look_no_older() -> None:
    assert decided(looking(), meeting()).changes == ()


@pytest.mark.parametrize("standing", [Standing.ACCEPTED, Standing.DECLINED])
def test_an_invitation_that_came_back_waits_for_its_look_whatever_was_answered_before(standing: Standing) -> None:
    pending = PendingLook(look_id=OTHER, judged=judged(), until=NOW + timedelta(seconds=9))
    before = known(standing=standing, reservation_id=None, pending_look=pending)
    given = intent(answer(standing.shows_as.value))
    slice_ = ledger(taken=(SHOWN,), meeting=before, intent=given)

    assert decided(slice_, meeting()).changes == ()
    assert answered(decided(slice_, meeting(), look_id=OTHER)).answer == "declined"


def test_the_look_decides() -> None:
    refused = decided(looking(), meeting(), look_id=OTHER)
    granted = decided(looking(taken=()), meeting(), look_id=OTHER)

    assert (answered(refused).answer, noted(refused).pending_look) == ("declined", None)
    assert (answered(granted).answer, noted(granted).pending_look) == ("accepted", None)


def test_what_is_free_meanwhile_is_booked_without_waiting_for_the_look() -> None:
    assert answered(decided(looking(taken=()), meeting())).answer == "accepted"


def test_a_look_that_does_not_come_is_not_waited_for_longer() -> None:
    assert answered(decided(looking(now=NOW + timedelta(seconds=9)), meeting())).answer == "declined"


def test_a_change_of_the_request_is_looked_at_for_itself() -> None:
    decision = decided(looking(), meeting(window(24, 90)))

    assert [type(each) for each in beside_notes(decision)] == [LookAgain]


@pytest.mark.parametrize(
    "slice_",
    [
        ledger(taken=(SHOWN, taken())),
        ledger(taken=(taken(),)),
    ],
)
def test_where_no_copy_is_in_the_way_it_is_decided_at_once(slice_: Slice) -> None:
    assert answered(decided(slice_, meeting())).answer == "declined"


def test_where_a_rule_is_broken_too_it_is_decided_at_once() -> None:
    assert answered(decided(ledger(taken=(SHOWN,)), meeting(attendees=CROWD))).answer == "declined"


def test_a_request_that_is_gone_or_cancelled_waits_for_nothing() -> None:
    assert noted(decided(looking(), None)).pending_look is None
    assert wants(decided(looking(), meeting(is_cancelled=True))) == {}


def test_a_reservation_keeps_its_time_while_its_move_is_looked_at() -> None:
    pending = PendingLook(look_id=OTHER, judged=judged(ELSEWHEN), until=NOW + timedelta(seconds=9))
    slice_ = booked(taken=(taken(ELSEWHEN, ical_uid="uid-of-board"),), meeting=replace(known(), pending_look=pending))

    waiting, then = decided(slice_, meeting(ELSEWHEN)), decided(slice_, meeting(ELSEWHEN), look_id=OTHER)

    assert (saved(waiting), wants(waiting)) == ([], {})
    assert {KEY, HOLD} == set(wants(then))
    assert [each.window for each in saved(then)] == [BOOKED]
