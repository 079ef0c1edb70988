"""When administrators are asked, about what, whom, and until when; and what becomes of a question that is edited."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.values import Answer, Meeting, Outcome, Window
from services.policy.core.approvals.closing import close_questions
from services.policy.core.approvals.question import AskedFor
from services.policy.core.back_office import (
    CancellationRequest,
    Denied,
    Granted,
    ReservationChange,
    ReservationRequest,
    decide_cancellation,
    decide_change,
    decide_request,
)
from services.policy.core.changes import Decision
from services.policy.core.ledger import Slice, Standing
from services.policy.core.policies.dates import ChangeCutOff
from services.policy.core.policies.durations import MaximumDuration
from services.policy.core.policies.policy import Attachment, Policy
from tests.unit.policy.approving import asked, asking, held, unasked, waiting
from tests.unit.policy.factories import (
    BOOKED,
    CAPACITY,
    ELSEWHEN,
    HOLD,
    KEY,
    NEW,
    NOW,
    RESERVATION,
    SPACE,
    answered,
    beside_notes,
    booked,
    decided,
    hold,
    intent,
    known,
    ledger,
    letter,
    meeting,
    noted,
    recorded,
    reservation,
    rules_of,
    saved,
    taken,
    wants,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SHORTER = Window(start=BOOKED.start, end=BOOKED.end - 15 * MINUTE)
LONGER = Window(start=BOOKED.start, end=BOOKED.end + 15 * MINUTE)


def too_long(effect: Any, minutes: int = 30) -> Policy:
    rule = MaximumDuration(minutes=minutes)
    return Policy(id=UUID(int=21), version=3, rule=rule, attach=Attachment(scope="all"), effect=effect)


def closed(slice_: Slice, seen: Meeting | None) -> Decision:
    return close_questions(slice_, decided(slice_, seen))


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


def request(**different: Any) -> ReservationRequest:
    usual: dict[str, Any] = {"space_id": SPACE, "start": BOOKED.start, "end": BOOKED.end, "title": "Board"}
    return ReservationRequest(**usual | different)


def granted(slice_: Slice, **different: Any) -> Granted:
    ruling = decide_request(request(**different), slice_, NEW)
    assert isinstance(ruling, Granted)
    return ruling


def pending_here(*policies: Policy) -> Slice:
    """Make the slice of a request of the back office that waits for an administrator."""
    made = granted(unasked(*policies))
    [question] = asked(made.decision)
    return replace(
        unasked(*policies), reservation=made.reservation, question=question, taken=(taken(reservation_id=NEW),)
    )


def changed(slice_: Slice, **different: Any) -> Granted | Denied:
    assert slice_.reservation is not None
    ruling = decide_change(slice_.reservation, ReservationChange(**different), slice_)
    if isinstance(ruling, Granted):
        return replace(ruling, decision=close_questions(slice_, ruling.decision))
    return ruling


def test_a_request_of_the_back_office_waits_too_and_is_held_meanwhile() -> None:
    ruling = granted(unasked())

    assert (ruling.reservation.status, ruling.reservation.outcome) == ("pending", Outcome.TENTATIVE)
    assert [each.reservation_id for each in asked(ruling.decision)] == [NEW]
    assert held(ruling.decision)
    assert [each.outcome for each in recorded(ruling.decision)] == [Outcome.TENTATIVE]


def test_an_administrator_who_overrides_is_not_asked() -> None:
    ruling = granted(unasked(), override_reason="Open day")

    assert ruling.reservation.status == "confirmed"
    assert asked(ruling.decision) == []


def test_a_new_title_changes_nothing_about_a_question() -> None:
    ruling = changed(pending_here(), title="Council")

    assert isinstance(ruling, Granted)
    assert (ruling.reservation.title, ruling.reservation.status) == ("Council", "pending")
    assert (ruling.reservation.outcome, rules_of(ruling.reservation.reasons)) == (Outcome.TENTATIVE, ["approval"])
    assert asked(ruling.decision) == []


def test_a_longer_time_is_asked_for_anew() -> None:
    ruling = changed(pending_here(), end=LONGER.end)

    assert isinstance(ruling, Granted)
    assert (ruling.reservation.status, ruling.reservation.window) == ("pending", LONGER)
    assert [each.state for each in asked(ruling.decision)] == ["superseded", "pending"]


def test_a_change_in_the_back_office_that_needs_no_approval_is_booked() -> None:
    ruling = changed(pending_here(asking(when={"minutes_over": 45})), end=SHORTER.end)

    assert isinstance(ruling, Granted)
    assert (ruling.reservation.status, ruling.reservation.outcome) == ("confirmed", Outcome.ACCEPT)
    assert ruling.reservation.reasons == ()
    assert [each.state for each in asked(ruling.decision)] == ["superseded"]


def test_a_change_in_the_back_office_that_is_refused_leaves_the_question() -> None:
    before = pending_here()
    before = replace(before, taken=(*before.taken, taken(ELSEWHEN)))

    ruling = changed(before, start=ELSEWHEN.start, end=ELSEWHEN.end)

    assert isinstance(ruling, Denied)
    assert asked(ruling.decision) == []


def test_a_cancellation_withdraws_the_question() -> None:
    before = pending_here()
    assert before.reservation is not None

    ruling = decide_cancellation(before.reservation, CancellationRequest(), before)

    assert isinstance(ruling, Granted)
    assert [each.state for each in asked(close_questions(before, ruling.decision))] == ["withdrawn"]


def test_nobody_is_asked_whether_something_may_be_cancelled() -> None:
    rule = ChangeCutOff(cancel_minutes=60 * 24 * 30)
    late = Policy(id=UUID(int=23), version=1, rule=rule, attach=Attachment(scope="all"), effect="approve")
    before = ledger(policies=(late,), reservation=reservation(origin="api", ical_uid=None))
    assert before.reservation is not None

    ruling = decide_cancellation(before.reservation, CancellationRequest(), before)

    assert isinstance(ruling, Denied)
    assert (rules_of(ruling.reasons), asked(ruling.decision)) == (["change_cut_off"], [])


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
