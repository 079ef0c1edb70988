"""When administrators are asked about a request of the back office, and what becomes of a question it edits."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from libs.contracts.values import Outcome
from services.policy.core.approvals.closing import close_questions
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
from services.policy.core.ledger import Slice
from services.policy.core.policies.dates import ChangeCutOff
from services.policy.core.policies.policy import Attachment, Policy
from tests.unit.policy.approving import LONGER, SHORTER, asked, asking, held, unasked
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    NEW,
    SPACE,
    ledger,
    recorded,
    reservation,
    rules_of,
    taken,
)


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
