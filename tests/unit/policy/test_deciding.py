"""What follows when a question is approved, rejected, or not decided in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.values import Outcome
from services.policy.core.approvals.deciding import approve, expire, reject
from services.policy.core.approvals.question import Question
from services.policy.core.back_office import ReservationRequest, decide_request
from services.policy.core.changes import Decision, LookAgain
from services.policy.core.explanations import (
    ApprovedAtDeadline,
    ApprovedByAdministrator,
    NotApprovedInTime,
    RejectedByAdministrator,
)
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import Slice
from services.policy.core.letters import word_answer, write_letter
from services.policy.core.standing import Standing
from tests.unit.policy.approving import GRACE, asked, asking, unasked, waiting
from tests.unit.policy.factories import (
    BOOKED,
    CAPACITY,
    ELSEWHEN,
    HOLD,
    NEW,
    NOW,
    RESERVATION,
    SPACE,
    UID,
    answered,
    beside_notes,
    booked,
    decided,
    hold,
    intent,
    letter,
    meeting,
    noted,
    recorded,
    saved,
    space,
    wants,
)

HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=1)


def question_of(slice_: Slice) -> Question:
    assert slice_.question is not None
    return slice_.question


def held_here() -> Slice:
    """Make the slice of a request of the back office that waits, and whose hold is shown."""
    before = unasked()
    request = ReservationRequest(space_id=SPACE, start=BOOKED.start, end=BOOKED.end, title="Planning")
    ruling = decide_request(request, before, NEW)
    [question], [pending] = asked(ruling.decision), saved(ruling.decision)
    shown = intent(hold(reservation_id=NEW), key=replace(HOLD, reservation_id=NEW), reservation_id=NEW)
    return replace(before, reservation=pending, question=question, hold=shown)


def test_an_approval_books_what_was_asked_for_and_is_told() -> None:
    before = waiting()

    decision = approve(question_of(before), before, "Mind the paint", GRACE)

    [booked], [question] = saved(decision), asked(decision)
    why = ApprovedByAdministrator(comment="Mind the paint")
    assert (booked.status, booked.outcome, booked.reasons, booked.version) == ("confirmed", Outcome.ACCEPT, (why,), 2)
    assert (question.state, question.decided_by, question.comment) == ("approved", GRACE, "Mind the paint")
    assert (question.decided_at, question.version) == (NOW, 2)
    assert noted(decision).standing is Standing.ACCEPTED
    assert answered(decision).answer == "accepted"
    assert letter(decision, before).endswith("An administrator approved this booking. Mind the paint.")
    assert [(each.outcome, each.reasons) for each in recorded(decision)] == [(Outcome.ACCEPT, (why,))]


def test_a_rejection_declines_with_the_comment() -> None:
    before = waiting()

    decision = reject(question_of(before), before, None, GRACE)

    [declined], [question] = saved(decision), asked(decision)
    assert (declined.status, declined.outcome) == ("declined", Outcome.DECLINE)
    assert declined.reasons == (RejectedByAdministrator(),)
    assert (question.state, question.decided_by) == ("rejected", GRACE)
    assert noted(decision).standing is Standing.DECLINED
    assert answered(decision).answer == "declined"
    assert "An administrator did not approve this booking." in letter(decision, before)


@pytest.mark.parametrize("way", ["rejected", "expired"])
@pytest.mark.parametrize(("edits", "organizer"), [(True, "ada@example.org"), (False, None)])
def test_what_is_not_approved_is_off_the_organizers_event_where_that_may_be_edited(
    way: str, organizer: str | None, *, edits: bool
) -> None:
    before = waiting(space=space(edits_organizer_events=edits))
    question = replace(question_of(before), due_at=NOW)

    decision = reject(question, before, None, GRACE) if way == "rejected" else expire(question, before)

    goal = answered(decision)
    assert (goal.answer, goal.takes_room_off) == ("declined", organizer)
    assert word_answer(goal, write_letter(goal, before)).takes_room_off == organizer


def test_what_is_approved_stays_on_the_organizers_event() -> None:
    before = waiting(space=space(edits_organizer_events=True))

    assert answered(approve(question_of(before), before, None, GRACE)).takes_room_off is None


def after(before: Slice, decision: Decision, **different: Any) -> Slice:
    """Make the slice after a decision, before Outlook shows it."""
    [reservation] = saved(decision)
    shown = intent(answered(decision), reservation_id=reservation.id)
    return replace(before, meeting=noted(decision), reservation=reservation, question=None, intent=shown, **different)


def test_a_decided_question_is_not_asked_again_when_the_calendar_shows_the_answer() -> None:
    before = waiting()
    approved = after(before, approve(question_of(before), before, None, GRACE))
    rejected = after(before, reject(question_of(before), before, None, GRACE))

    assert beside_notes(decided(approved, meeting(answer="accepted"), NOW + MOMENT)) == []
    assert asked(decided(rejected, None, NOW + MOMENT)) == []


def test_what_the_back_office_asked_for_keeps_its_hold_when_it_is_approved() -> None:
    before = held_here()

    decision = approve(question_of(before), before, None, GRACE)

    assert [each.status for each in saved(decision)] == ["confirmed"]
    assert wants(decision) == {}


def test_what_the_back_office_asked_for_loses_its_hold_when_it_is_rejected() -> None:
    before = held_here()

    decision = reject(question_of(before), before, None, GRACE)

    assert [each.status for each in saved(decision)] == ["declined"]
    assert [goal.want for goal in wants(decision).values()] == ["no_hold"]


@pytest.mark.parametrize("at_deadline", ["reject", "approve", "leave"])
def test_nothing_happens_before_the_deadline(at_deadline: str) -> None:
    before = waiting(asking(deadline_minutes=60, at_deadline=at_deadline), now=NOW + HOUR - MOMENT)

    assert expire(question_of(before), before).changes == ()


def test_at_the_deadline_it_is_rejected_if_that_is_set() -> None:
    before = waiting(asking(deadline_minutes=60), now=NOW + HOUR)

    decision = expire(question_of(before), before)

    [declined], [question] = saved(decision), asked(decision)
    assert (declined.status, declined.reasons) == ("declined", (NotApprovedInTime(deadline=NOW + HOUR),))
    assert (question.state, question.decided_by, question.decided_at) == ("expired", None, NOW + HOUR)
    assert answered(decision).answer == "declined"


def test_at_the_deadline_it_is_approved_if_that_is_set() -> None:
    before = waiting(asking(deadline_minutes=60, at_deadline="approve"), now=NOW + HOUR)

    decision = expire(question_of(before), before)

    [booked], [question] = saved(decision), asked(decision)
    assert (booked.status, booked.reasons) == ("confirmed", (ApprovedAtDeadline(deadline=NOW + HOUR),))
    assert question.state == "expired"
    assert answered(decision).answer == "accepted"


def test_a_question_that_is_left_open_waits_until_its_time_is_over() -> None:
    rule = asking(deadline_minutes=60, at_deadline="leave")
    open_still = waiting(rule, now=NOW + 2 * HOUR)
    over = waiting(rule, now=BOOKED.end)

    assert expire(question_of(open_still), open_still).changes == ()
    assert [each.state for each in asked(expire(question_of(over), over))] == ["expired"]


@pytest.mark.parametrize("at_deadline", ["reject", "approve", "leave"])
def test_what_is_over_is_declined_and_nobody_is_answered(at_deadline: str) -> None:
    before = waiting(asking(at_deadline=at_deadline), now=BOOKED.end)

    decision = expire(question_of(before), before)

    assert [each.status for each in saved(decision)] == ["declined"]
    assert not any(isinstance(goal, GiveAnswer) for goal in wants(decision).values())


def changing() -> Slice:
    """Make the slice of a booking of which a change was asked about."""
    before = booked(policies=(CAPACITY, asking(deadline_minutes=60)))
    decision = decided(before, meeting(ELSEWHEN))
    [question] = asked(decision)
    return replace(before, meeting=noted(decision), question=question, intent=intent(answered(decision)))


def test_a_change_that_is_approved_is_booked() -> None:
    before = changing()

    decision = approve(question_of(before), before, None, GRACE)

    assert [(each.id, each.status, each.window) for each in saved(decision)] == [(RESERVATION, "confirmed", ELSEWHEN)]
    assert noted(decision).standing is Standing.ACCEPTED
    assert answered(decision).answer == "accepted"
    assert [each.state for each in asked(decision)] == ["approved"]


def test_a_change_that_is_rejected_leaves_the_booking_and_has_the_meeting_looked_at() -> None:
    before = changing()

    decision = reject(question_of(before), before, "No.", GRACE)

    assert saved(decision) == []
    assert wants(decision) == {}
    assert noted(decision).standing is None
    assert [each.about for each in decision.changes if isinstance(each, LookAgain)] == [UID]
    assert [each.outcome for each in recorded(decision)] == [Outcome.DECLINE]


def test_a_change_nobody_decided_in_time_leaves_the_booking() -> None:
    before = replace(changing(), now=NOW + HOUR)

    decision = expire(question_of(before), before)

    assert saved(decision) == []
    assert [each.state for each in asked(decision)] == ["expired"]
