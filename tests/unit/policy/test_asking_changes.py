"""When administrators are asked about a change of a booked meeting, and what stays booked meanwhile."""

from dataclasses import replace
from typing import Any

import pytest

from libs.contracts.values import Answer, Window
from services.policy.core.approvals.question import AskedFor
from services.policy.core.ledger import Slice
from services.policy.core.policies.policy import Policy
from services.policy.core.standing import Standing
from tests.unit.policy.approving import HOUR, LONGER, SHORTER, asked, asking, closed
from tests.unit.policy.factories import (
    BOOKED,
    CAPACITY,
    ELSEWHEN,
    HOLD,
    KEY,
    NOW,
    RESERVATION,
    answered,
    beside_notes,
    booked,
    decided,
    hold,
    intent,
    known,
    letter,
    meeting,
    noted,
    saved,
    taken,
    wants,
)


def approved_here(*policies: Policy) -> Slice:
    """Make the slice of a meeting that is booked where changes need approval, and shows it."""
    return booked(policies=(CAPACITY, *(policies or (asking(),))))


def changing(*policies: Policy, to: Window = ELSEWHEN) -> Slice:
    """Make the slice of a booking of which a change was asked about, and shows it."""
    before = approved_here(*policies)
    decision = decided(before, meeting(to))
    [question] = asked(decision)
    shown = intent(answered(decision), key=KEY, reservation_id=RESERVATION)
    return replace(before, meeting=noted(decision), question=question, intent=shown, hold=intent(hold()))


def test_a_change_that_needs_approval_leaves_the_booking_and_is_asked_about() -> None:
    decision = decided(approved_here(asking(deadline_minutes=60)), meeting(ELSEWHEN))

    [question] = asked(decision)
    assert saved(decision) == []
    assert (question.state, question.asked.window, question.reservation_id) == ("pending", ELSEWHEN, RESERVATION)
    assert noted(decision).standing is Standing.CHANGE_AWAITS_APPROVAL
    assert (answered(decision).answer, answered(decision).proposed) == ("tentativelyAccepted", None)
    assert wants(decision)[HOLD] == hold()
    assert "Your change, to" in letter(decision, approved_here())
    assert "stays booked for you at the original time" in letter(decision, approved_here())


def test_a_change_that_is_shown_as_tentative_is_asked_about_once_and_its_hold_stays() -> None:
    decision = closed(changing(), meeting(ELSEWHEN, answer=Answer.TENTATIVE))

    assert beside_notes(decision) == []


def test_a_change_to_a_taken_time_is_refused_and_not_asked_about() -> None:
    before = approved_here()

    decision = decided(replace(before, taken=(*before.taken, taken(ELSEWHEN))), meeting(ELSEWHEN))

    assert asked(decision) == []
    assert noted(decision).standing is Standing.DECLINED


def test_a_meeting_that_goes_back_to_what_is_booked_is_accepted_and_no_longer_asked_about() -> None:
    decision = closed(changing(), meeting())

    assert answered(decision).answer == "accepted"
    assert [each.state for each in asked(decision)] == ["superseded"]


def test_a_change_that_is_refused_while_another_was_asked_about_closes_that_question() -> None:
    before = changing()
    other = Window(start=ELSEWHEN.start + 3 * HOUR, end=ELSEWHEN.end + 3 * HOUR)

    decision = closed(replace(before, taken=(*before.taken, taken(other))), meeting(other))

    assert [each.state for each in asked(decision)] == ["superseded"]


def test_a_cancelled_meeting_withdraws_the_question_about_its_change() -> None:
    decision = closed(changing(), None)

    assert [each.status for each in saved(decision)] == ["cancelled"]
    assert [each.state for each in asked(decision)] == ["withdrawn"]


def test_a_change_within_what_was_approved_is_not_asked_about() -> None:
    allowed = AskedFor(window=LONGER, organizer="ada@example.org", people=3)

    decision = decided(replace(approved_here(), approved=(allowed,)), meeting(SHORTER))

    assert asked(decision) == []
    assert [each.window for each in saved(decision)] == [SHORTER]


@pytest.mark.parametrize("state", ["rejected", "expired"])
def test_what_was_rejected_is_refused_and_not_asked_about_again(state: Any) -> None:
    before = changing()
    assert before.question is not None
    rejected = replace(before.question, state=state, decided_at=NOW, comment="No.")
    before = replace(before, question=None, rejected=rejected, meeting=replace(known(), standing=None))

    decision = decided(before, meeting(ELSEWHEN))

    assert asked(decision) == []
    assert [each.window for each in saved(decision)] == [BOOKED]
    assert answered(decision).answer == "declined"
    said = letter(decision, before)
    assert ("did not approve this booking. No." if state == "rejected" else "No administrator approved") in said


def test_another_change_after_a_rejected_one_is_asked_about() -> None:
    before = changing()
    assert before.question is not None
    rejected = replace(before.question, state="rejected", decided_at=NOW)

    decision = decided(replace(before, question=None, rejected=rejected), meeting(LONGER))

    assert [each.asked.window for each in asked(decision)] == [LONGER]
