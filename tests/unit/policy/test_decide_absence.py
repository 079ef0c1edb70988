"""A8, B8, B29: a meeting that was decided about is cancelled, or is not there any more."""

from datetime import timedelta

import pytest

from libs.contracts.intents import DropHold
from libs.contracts.values import Meeting
from services.policy.core.changes import Decision
from services.policy.core.ledger import KnownIntent
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    ELSEWHEN,
    HOLD,
    KEY,
    NEW,
    NOW,
    RESERVATION,
    answer,
    answered,
    beside_notes,
    booked,
    decided,
    declined,
    in_flight,
    intent,
    kept,
    known,
    ledger,
    meeting,
    noted,
    recorded,
    reservation,
    saved,
    stated,
    wants,
    window,
)


@pytest.mark.parametrize("seen", [None, meeting(is_cancelled=True, shows_as="free")])
def test_a_cancelled_or_absent_meeting_frees_the_room(seen: Meeting | None) -> None:
    decision = decided(booked(), seen)

    [freed] = saved(decision)
    assert (freed.status, freed.version) == ("cancelled", 2)
    assert wants(decision) == {}
    assert not noted(decision).is_present
    [written] = recorded(decision)
    assert (written.outcome, written.key, written.reservation_id) == ("cancelled", KEY, RESERVATION)
    assert stated(written.reasons)[0].message


@pytest.mark.parametrize("seen", [None, meeting(is_cancelled=True)])
def test_a_cancellation_that_is_seen_again_changes_nothing_more(seen: Meeting | None) -> None:
    first = decided(booked(), seen)
    then = ledger(meeting=noted(first), reservation=saved(first)[0], intent=intent(answer()))

    assert beside_notes(decided(then, seen)) == []


@pytest.mark.parametrize("seen", [None, meeting(is_cancelled=True)])
def test_a_meeting_nobody_knew_and_that_is_not_there_is_nothing(seen: Meeting | None) -> None:
    assert beside_notes(decided(ledger(), seen)) == []


def test_a_meeting_that_is_over_stays_booked_when_it_leaves_the_calendar() -> None:
    past = window(-2)
    slice_ = booked(meeting=known(past), reservation=reservation(past), intent=intent(answer(at=past)))

    assert beside_notes(decided(slice_, None)) == []


def test_a_running_meeting_that_is_cancelled_frees_the_rest() -> None:
    running = window(-0.5)
    slice_ = booked(meeting=known(running), reservation=reservation(running), intent=intent(answer(at=running)))

    [freed] = saved(decided(slice_, None))

    assert freed.status == "cancelled"


@pytest.mark.parametrize(
    "last",
    [
        intent(answer("declined")),
        intent(answer("declined"), awaited_until=NOW + timedelta(seconds=5)),
        in_flight(answer("declined"), generation=2, written_generation=1),
    ],
)
def test_absence_after_our_decline_is_agreement(last: KnownIntent) -> None:
    decision = decided(declined(intent=last), None)

    assert decision.note == "declined_and_gone"
    assert beside_notes(decision) == []
    assert not noted(decision).is_present


@pytest.mark.parametrize("answered_as", ["accepted", "declined", "tentativelyAccepted"])
def test_absence_while_an_answer_is_in_flight_changes_nothing(answered_as: str) -> None:
    slice_ = booked(meeting=known(shown_answer="notResponded"), intent=in_flight(answer(answered_as)))

    assert decided(slice_, None) == Decision(note="in_flight")


def test_absence_after_the_answer_was_seen_frees_the_room_although_it_was_given_just_now() -> None:
    just_now = intent(answer(), awaited_until=NOW + timedelta(seconds=5))

    assert decided(booked(intent=just_now), None).note == "gone"


@pytest.mark.parametrize(
    "last",
    [
        intent(answer("declined", ELSEWHEN), generation=2, wanted_since=2, written_generation=1),
        intent(answer("declined", ELSEWHEN), written_generation=None),
    ],
)
def test_a_decline_that_found_nothing_left_to_decline_explains_no_absence(last: KnownIntent) -> None:
    cancelled_before = kept(meeting=known(ELSEWHEN, standing=Standing.DECLINED), intent=last)

    decision = decided(cancelled_before, None)

    assert decision.note == "gone"
    assert [each.status for each in saved(decision)] == ["cancelled"]
    assert isinstance(wants(decision)[HOLD], DropHold)


def test_an_invitation_that_comes_back_after_a_decline_is_decided_afresh() -> None:
    gone = declined(meeting=known(standing=Standing.DECLINED, is_present=False, event_id=None), taken=())

    decision = decided(gone, meeting(event_id="event-2"))

    [made] = saved(decision)
    assert (made.id, made.status) == (NEW, "confirmed")
    assert answered(decision).event_id == "event-2"


@pytest.mark.parametrize("last", [in_flight(answer("declined")), intent(answer("declined"), settled_at=NOW)])
def test_it_is_decided_afresh_at_once_also_where_nobody_saw_that_it_was_gone(last: KnownIntent) -> None:
    decision = decided(declined(intent=last), meeting(event_id="event-2"))

    assert decision.note == "declined"
    assert answered(decision).event_id == "event-2"


def test_a_meeting_that_was_gone_for_a_moment_is_booked_again() -> None:
    gone = ledger(
        meeting=known(is_present=False, event_id=None),
        reservation=reservation(status="cancelled"),
        intent=intent(answer()),
    )

    [made] = saved(decided(gone, meeting(event_id="event-2", answer="accepted")))

    assert (made.id, made.status) == (NEW, "confirmed")


@pytest.mark.parametrize("seen", [None, meeting(ELSEWHEN, is_cancelled=True)])
def test_a_cancelled_meeting_takes_the_hold_that_stood_in_for_it_away(seen: Meeting | None) -> None:
    proposed = kept(
        meeting=known(ELSEWHEN, standing=Standing.PROPOSES_ORIGINAL),
        intent=intent(answer("tentativelyAccepted", ELSEWHEN)),
    )

    decision = decided(proposed, seen)

    assert [each.status for each in saved(decision)] == ["cancelled"]
    assert wants(decision) == {HOLD: DropHold(reservation_id=RESERVATION, event_id="hold-1")}


def test_a_booking_is_kept_while_only_our_decline_took_the_invitation_away() -> None:
    still_there = kept(meeting=known(ELSEWHEN, standing=Standing.DECLINED))

    assert beside_notes(decided(still_there, None)) == []


def test_a_decline_that_was_given_up_explains_no_absence() -> None:
    given_up = kept(
        meeting=known(ELSEWHEN, standing=Standing.DECLINED),
        intent=intent(answer("declined", ELSEWHEN), state="given_up", written_generation=None),
    )

    assert [each.status for each in saved(decided(given_up, None))] == ["cancelled"]


def test_what_comes_late_is_not_booked_after_it_was_seen_that_nothing_is_there() -> None:
    absent = decided(ledger(), None)

    late = decided(ledger(meeting=noted(absent)), meeting(), at=NOW - timedelta(seconds=1))

    assert absent.note == "unknown"
    assert late.changes == ()
