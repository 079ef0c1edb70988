"""What competes for its time holds nothing, and gives way to whatever is booked then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.values import Outcome, Window
from services.policy.core.approvals.competing import find_booked, find_in_the_way
from services.policy.core.approvals.deciding import approve, expire, give_way
from services.policy.core.approvals.question import Question
from services.policy.core.back_office import (
    CancellationRequest,
    Granted,
    ReservationChange,
    ReservationRequest,
    decide_cancellation,
    decide_change,
    decide_request,
)
from services.policy.core.changes import Decision, LookAgain, Save
from services.policy.core.explanations import SlotTaken
from services.policy.core.holds import hold_in_new_mailbox
from services.policy.core.ledger import Slice
from services.policy.core.policies.policy import Policy
from services.policy.core.standing import Standing
from tests.unit.policy.approving import GRACE, asked, asking, held, unasked, waiting
from tests.unit.policy.factories import (
    BOOKED,
    CAPACITY,
    ELSEWHEN,
    NEW,
    NOW,
    SPACE,
    UID,
    answered,
    booked,
    decided,
    hold,
    intent,
    letter,
    meeting,
    noted,
    recorded,
    recurring,
    reservation,
    saved,
    space,
    taken,
    wants,
)

COMPETE = asking(mode="compete")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STATUSES = ("pending", "confirmed", "declined", "cancelled")


def competing(**different: Any) -> Slice:
    """Make the slice of an invitation that competes for its time, and shows that it waits."""
    return replace(waiting(COMPETE), **{"taken": (), **different})


def question_of(slice_: Slice) -> Question:
    assert slice_.question is not None
    return slice_.question


def competing_here(*policies: Policy) -> Slice:
    """Make the slice of a request of the back office that competes for its time."""
    before = unasked(*(policies or (COMPETE,)))
    request = ReservationRequest(space_id=SPACE, start=BOOKED.start, end=BOOKED.end, title="Board")
    ruling = decide_request(request, before, NEW)
    assert isinstance(ruling, Granted)
    [question] = asked(ruling.decision)
    assert not held(ruling.decision)
    return replace(before, reservation=ruling.reservation, question=question)


@pytest.mark.parametrize("mode", ["compete", "hold"])
def test_only_what_is_asked_about_in_that_mode_competes(mode: str) -> None:
    decision = decided(unasked(asking(mode=mode)), meeting())

    [pending], [question] = saved(decision), asked(decision)
    assert (pending.status, pending.competes, question.mode) == ("pending", mode == "compete", mode)
    assert ("The room is not held meanwhile" in letter(decision, unasked())) == (mode == "compete")


def test_a_series_holds_its_dates_in_either_mode() -> None:
    decision = decided(unasked(COMPETE), recurring())

    assert {each.competes for each in saved(decision)} == {False}
    assert [each.mode for each in asked(decision)] == ["hold"]


def test_what_competes_and_asks_for_no_more_competes_on_although_the_policy_holds_by_now() -> None:
    before = competing(policies=(CAPACITY, asking(mode="hold")))
    shorter = meeting(Window(start=BOOKED.start, end=BOOKED.end - MINUTE))

    [pending], [question] = saved(decided(before, shorter)), asked(decided(before, shorter))

    assert (pending.competes, question.mode) == (True, "compete")


def test_what_asks_for_more_is_asked_about_in_the_mode_of_the_policy_by_then() -> None:
    before = competing(policies=(CAPACITY, asking(mode="hold")))

    decision = decided(before, meeting(ELSEWHEN))

    assert [each.competes for each in saved(decision)] == [False]
    assert [(each.state, each.mode) for each in asked(decision)] == [("superseded", "compete"), ("pending", "hold")]


@pytest.mark.parametrize("change", [{"title": "Council"}, {"start": ELSEWHEN.start, "end": ELSEWHEN.end}])
def test_a_request_of_the_back_office_gets_no_hold_while_it_competes(change: dict[str, Any]) -> None:
    before = competing_here()
    assert before.reservation is not None

    ruling = decide_change(before.reservation, ReservationChange(**change), before)

    assert isinstance(ruling, Granted)
    assert ruling.reservation.competes
    assert not held(ruling.decision)


def test_a_request_of_the_back_office_that_was_held_loses_its_hold_where_it_competes_from_then_on() -> None:
    before = replace(competing_here(), hold=intent(hold(reservation_id=NEW)))
    assert before.reservation is not None

    ruling = decide_change(before.reservation, ReservationChange(start=ELSEWHEN.start, end=ELSEWHEN.end), before)

    assert [goal.want for goal in wants(ruling.decision).values()] == ["no_hold"]


def test_a_request_of_the_back_office_that_needs_no_approval_any_more_is_booked_with_a_hold() -> None:
    before = replace(competing_here(), policies=(CAPACITY,))
    assert before.reservation is not None

    ruling = decide_change(before.reservation, ReservationChange(start=ELSEWHEN.start, end=ELSEWHEN.end), before)

    assert isinstance(ruling, Granted)
    assert (ruling.reservation.status, ruling.reservation.competes) == ("confirmed", False)
    assert held(ruling.decision)


def test_what_is_cancelled_competes_no_longer() -> None:
    before = competing_here()
    assert before.reservation is not None

    ruling = decide_cancellation(before.reservation, CancellationRequest(), before)

    assert [(each.status, each.competes) for each in saved(ruling.decision)] == [("cancelled", False)]


def test_what_competes_is_not_held_in_a_newly_mapped_mailbox() -> None:
    assert not held(hold_in_new_mailbox(competing_here()))


def test_what_is_approved_competes_no_longer_and_is_held_where_no_invitation_does() -> None:
    invited, here = competing(), competing_here()

    by_invitation = approve(question_of(invited), invited, None, GRACE)
    by_request = approve(question_of(here), here, None, GRACE)

    for decision in (by_invitation, by_request):
        assert [(each.status, each.competes) for each in saved(decision)] == [("confirmed", False)]
    assert (held(by_invitation), held(by_request)) == (False, True)


@pytest.mark.parametrize(
    ("others", "is_in_the_way"),
    [
        ((), False),
        ((taken(ELSEWHEN),), False),
        ((taken(),), True),
        ((taken(Window(start=BOOKED.end - MINUTE, end=BOOKED.end + HOUR)),), True),
        ((taken(Window(start=BOOKED.end, end=BOOKED.end + HOUR)),), False),
    ],
)
def test_what_others_have_is_in_the_way_of_what_competes(others: Any, *, is_in_the_way: bool) -> None:
    before = competing(taken=others)

    assert bool(find_in_the_way(question_of(before), before)) == is_in_the_way


def test_nothing_is_in_the_way_of_what_holds_its_time() -> None:
    before = replace(waiting(), taken=(taken(),))

    assert find_in_the_way(question_of(before), before) == ()


def test_the_buffers_of_both_keep_rivals_apart() -> None:
    before = competing(
        space=space(cleanup=HOUR), taken=(taken(Window(start=BOOKED.end + MINUTE, end=BOOKED.end + HOUR)),)
    )

    [why] = find_in_the_way(question_of(before), before)

    assert isinstance(why, SlotTaken)
    assert why.minutes_between == 60


def test_what_gives_way_is_declined_as_what_comes_too_late_is_and_stays_on_the_organizers_event() -> None:
    before = competing(taken=(taken(),), space=space(edits_organizer_events=True))

    decision = give_way(question_of(before), before)

    [declined], [question] = saved(decision), asked(decision)
    assert (declined.status, declined.outcome, declined.competes) == ("declined", Outcome.DECLINE, False)
    assert [each.kind for each in declined.reasons] == ["slot_taken"]
    assert (question.state, question.decided_by, question.decided_at) == ("superseded", None, NOW)
    assert noted(decision).standing is Standing.DECLINED
    assert (answered(decision).answer, answered(decision).takes_room_off) == ("declined", None)
    assert "It is taken by Ben" in letter(decision, before)
    assert [(each.outcome, each.reasons) for each in recorded(decision)] == [(Outcome.DECLINE, declined.reasons)]


def test_nothing_gives_way_where_the_time_is_free() -> None:
    before = competing()

    assert give_way(question_of(before), before).changes == ()


def test_a_change_that_gives_way_leaves_the_booking_and_has_the_meeting_looked_at() -> None:
    before = booked(policies=(CAPACITY, COMPETE))
    decision = decided(before, meeting(ELSEWHEN))
    [question] = asked(decision)
    changing = replace(before, meeting=noted(decision), question=question, taken=(taken(ELSEWHEN),))

    given = give_way(question, changing)

    assert saved(given) == []
    assert [each.state for each in asked(given)] == ["superseded"]
    assert noted(given).standing is None
    assert [each.about for each in given.changes if isinstance(each, LookAgain)] == [UID]


@pytest.mark.parametrize(
    ("others", "state", "status"), [((), "expired", "confirmed"), ((taken(),), "superseded", "declined")]
)
def test_at_the_deadline_what_would_be_approved_gives_way_to_what_has_its_time(
    others: Any, state: str, status: str
) -> None:
    rule = asking(mode="compete", deadline_minutes=60, at_deadline="approve")
    before = replace(waiting(rule), taken=others, now=NOW + HOUR)

    decision = expire(question_of(before), before)

    assert ([each.state for each in asked(decision)], [each.status for each in saved(decision)]) == ([state], [status])


def test_only_what_is_booked_makes_others_give_way() -> None:
    rows = [reservation(id=UUID(int=number), status=status) for number, status in enumerate(STATUSES)]

    assert [each.status for each in find_booked(Decision(tuple(Save(each, None) for each in rows)))] == ["confirmed"]
