"""What is over is settled honestly: nobody is answered any more, and the ledger says so once."""

from datetime import timedelta

import pytest

from libs.contracts.values import Answer, Meeting, Outcome
from services.policy.core.explanations import NotAnswered
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    NEW,
    NOW,
    RESERVATION,
    answer,
    beside_notes,
    booked,
    decided,
    intent,
    known,
    ledger,
    meeting,
    noted,
    recorded,
    reservation,
    saved,
    space,
    wants,
    window,
)

PAST = window(-3)
WHY = NotAnswered(end=PAST.end)


def test_an_invitation_that_was_over_before_it_was_judged_is_declined_in_the_ledger_only() -> None:
    decision = decided(ledger(), meeting(PAST))

    [late] = saved(decision)
    assert (late.id, late.status, late.window, late.reasons) == (NEW, "declined", PAST, (WHY,))
    assert [(each.outcome, each.reasons) for each in recorded(decision)] == [(Outcome.DECLINE, (WHY,))]
    assert (wants(decision), decision.note) == ({}, "over_unanswered")


def test_that_is_said_once() -> None:
    first = decided(ledger(), meeting(PAST))

    again = decided(ledger(meeting=noted(first), reservation=saved(first)[0]), meeting(PAST))

    assert beside_notes(again) == []


def test_a_meeting_that_was_moved_to_the_past_is_no_new_invitation() -> None:
    first = decided(booked(), meeting(PAST))

    again = decided(ledger(meeting=noted(first), reservation=saved(first)[0]), meeting(PAST))

    assert (first.note, beside_notes(again)) == ("moved_to_the_past", [])


@pytest.mark.parametrize(
    "seen", [meeting(PAST, answer=each) for each in (Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE)]
)
def test_what_somebody_answered_needs_no_remark(seen: Meeting) -> None:
    assert beside_notes(decided(ledger(), seen)) == []


def test_what_ended_before_the_space_was_mapped_is_none_of_ours() -> None:
    assert beside_notes(decided(ledger(space=space(mapped_at=NOW - timedelta(hours=1))), meeting(PAST))) == []


def test_a_booking_whose_accept_never_showed_says_that_it_was_not_answered() -> None:
    slice_ = booked(
        meeting=known(PAST, shown_answer="notResponded"),
        reservation=reservation(PAST),
        intent=intent(answer(at=PAST), state="given_up"),
    )

    decision = decided(slice_, meeting(PAST))

    [remarked] = saved(decision)
    assert (remarked.id, remarked.status, remarked.window) == (RESERVATION, "confirmed", PAST)
    assert (remarked.outcome, remarked.reasons) == (Outcome.ACCEPT, (WHY,))
    assert decision.note == "over_unanswered"
    then = booked(meeting=noted(decision), reservation=remarked, intent=slice_.intent)
    assert beside_notes(decided(then, meeting(PAST))) == []


@pytest.mark.parametrize(
    ("shown", "seen"),
    [("accepted", meeting(PAST)), ("notResponded", meeting(PAST, answer=Answer.ACCEPTED))],
)
def test_a_booking_whose_accept_was_seen_needs_no_remark(shown: str, seen: Meeting) -> None:
    slice_ = booked(meeting=known(PAST, shown_answer=shown), reservation=reservation(PAST))

    assert (beside_notes(decided(slice_, seen)), decided(slice_, seen).note) == ([], "over")


def test_a_tentative_answer_to_a_refused_edit_that_is_over_is_no_answer_we_owe() -> None:
    refused = known(PAST, standing=Standing.PROPOSES_ORIGINAL, shown_answer="notResponded")

    assert beside_notes(decided(booked(meeting=refused), meeting(PAST))) == []
