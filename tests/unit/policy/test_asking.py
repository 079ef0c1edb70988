"""When administrators are asked, about what, whom, and until when; and what becomes of a question that is edited."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.values import Answer, Meeting, Outcome
from services.policy.core.ledger import Slice
from services.policy.core.policies.durations import MaximumDuration
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.standing import Standing
from tests.unit.policy.approving import HOUR, LONGER, MINUTE, SHORTER, asked, asking, closed, held, unasked, waiting
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    NOW,
    answered,
    beside_notes,
    decided,
    letter,
    meeting,
    noted,
    rules_of,
    saved,
    taken,
)


def too_long(effect: Any, minutes: int = 30) -> Policy:
    rule = MaximumDuration(minutes=minutes)
    return Policy(id=UUID(int=21), version=3, rule=rule, attach=Attachment(scope="all"), effect=effect)


def test_what_needs_approval_holds_its_time_and_asks_one_question() -> None:
    decision = decided(unasked(asking(deadline_minutes=60)), meeting())

    [pending], [question] = saved(decision), asked(decision)
    assert (pending.status, pending.outcome, pending.window) == ("pending", Outcome.TENTATIVE, BOOKED)
    assert (question.state, question.reservation_id, question.asked.window) == ("pending", pending.id, BOOKED)
    assert (question.asked.organizer, question.asked.people) == ("ada@example.org", 1)
    assert question.approvers == ("grace@example.org",)
    assert (question.asked_at, question.deadline_at) == (NOW, NOW + HOUR)
    assert rules_of(question.reasons) == rules_of(pending.reasons) == ["approval"]
    assert noted(decision).standing is Standing.AWAITS_APPROVAL
    assert answered(decision).answer == "tentativelyAccepted"
    assert "waits for the approval of an administrator, until Mon 01 Mar 2027, 10:00" in letter(decision, unasked())


@pytest.mark.parametrize(
    ("terms", "deadline_at"),
    [
        ({}, None),
        ({"deadline_minutes": 60}, NOW + HOUR),
        ({"before_start_minutes": 30}, BOOKED.start - 30 * MINUTE),
        ({"deadline_minutes": 60, "before_start_minutes": 30}, min(NOW + HOUR, BOOKED.start - 30 * MINUTE)),
        ({"deadline_minutes": 60 * 24 * 30, "before_start_minutes": 30}, BOOKED.start - 30 * MINUTE),
    ],
)
def test_the_deadline_counts_from_asking_or_back_from_the_start(
    terms: dict[str, Any], deadline_at: datetime | None
) -> None:
    [question] = asked(decided(unasked(asking(**terms)), meeting()))

    assert question.deadline_at == deadline_at
    assert question.due_at == (deadline_at or BOOKED.end)


def test_a_question_that_is_left_open_at_its_deadline_is_due_when_its_time_is_over() -> None:
    [question] = asked(decided(unasked(asking(deadline_minutes=60, at_deadline="leave")), meeting()))

    assert (question.deadline_at, question.due_at) == (NOW + HOUR, BOOKED.end)


def test_of_several_policies_everybody_is_asked_and_the_strictest_terms_hold() -> None:
    first = asking(deadline_minutes=600, at_deadline="approve", mode="compete", stand_ins=["hal@example.org"])
    second = asking(approvers=["ida@example.org", "grace@example.org"], deadline_minutes=60, at_deadline="leave")

    [question] = asked(decided(unasked(first, second.model_copy(update={"id": UUID(int=22)})), meeting()))

    assert (question.approvers, question.stand_ins) == (("grace@example.org", "ida@example.org"), ("hal@example.org",))
    assert (question.deadline_at, question.at_deadline, question.mode) == (NOW + HOUR, "leave", "hold")


def test_a_policy_of_another_kind_may_leave_it_to_an_administrator_too() -> None:
    [question] = asked(decided(unasked(too_long("approve")), meeting()))

    assert rules_of(question.reasons) == ["maximum_duration"]
    assert (question.approvers, question.deadline_at, question.at_deadline) == ((), None, "reject")


@pytest.mark.parametrize(
    "slice_",
    [
        unasked(asking(), too_long("deny")),
        unasked(taken=(taken(),)),
    ],
)
def test_nobody_is_asked_about_what_is_refused_anyway(slice_: Slice) -> None:
    decision = decided(slice_, meeting())

    assert asked(decision) == []
    assert answered(decision).answer == "declined"
    assert "An administrator has to approve every booking" in letter(decision, slice_)


def test_a_question_that_shows_as_tentative_is_asked_once() -> None:
    assert beside_notes(closed(waiting(), meeting(answer=Answer.TENTATIVE))) == []


@pytest.mark.parametrize("seen", [None, meeting(is_cancelled=True)])
def test_a_question_is_withdrawn_with_its_meeting(seen: Meeting | None) -> None:
    decision = closed(waiting(), seen)

    assert [each.status for each in saved(decision)] == ["cancelled"]
    assert [(each.state, each.decided_by, each.decided_at) for each in asked(decision)] == [("withdrawn", None, NOW)]


def test_a_change_that_asks_for_no_more_stays_the_same_question() -> None:
    before = waiting(asking(before_start_minutes=30))

    decision = closed(before, meeting(SHORTER))

    [question], [pending] = asked(decision), saved(decision)
    assert before.question is not None
    assert question == replace(before.question, asked=question.asked, version=2, updated_at=NOW)
    assert question.asked.window == pending.window == SHORTER
    assert answered(decision).answer == "tentativelyAccepted"


@pytest.mark.parametrize("seen", [meeting(LONGER), meeting(ELSEWHEN)])
def test_a_change_that_asks_for_more_supersedes_the_question_and_keeps_when_it_was_first_asked(seen: Meeting) -> None:
    later = NOW + HOUR
    before = replace(waiting(), now=later)

    old, new = asked(closed(before, seen))

    assert before.question is not None
    assert (old.id, old.state, old.decided_at) == (before.question.id, "superseded", later)
    assert (new.state, new.asked.window, new.asked_at) == ("pending", seen.window, NOW)
    assert new.id != old.id


def test_a_change_that_needs_no_approval_any_more_is_booked() -> None:
    before = waiting(asking(when={"minutes_over": 45}))

    decision = closed(before, meeting(SHORTER))

    assert [(each.status, each.window) for each in saved(decision)] == [("confirmed", SHORTER)]
    assert [each.state for each in asked(decision)] == ["superseded"]
    assert answered(decision).answer == "accepted"


def test_a_change_that_cannot_be_booked_is_declined_because_nothing_was_granted() -> None:
    before = waiting()
    before = replace(before, taken=(*before.taken, taken(ELSEWHEN)))

    decision = closed(before, meeting(ELSEWHEN))

    [refused] = saved(decision)
    assert before.reservation is not None
    assert (refused.id, refused.status, refused.window) == (before.reservation.id, "declined", ELSEWHEN)
    assert [each.state for each in asked(decision)] == ["withdrawn"]
    assert answered(decision).answer == "declined"
    assert not held(decision)
