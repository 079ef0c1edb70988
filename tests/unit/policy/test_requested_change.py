"""A change by the back office that needs approval waits beside the booking, which stays until it is decided."""

from dataclasses import replace
from typing import Any

import pytest

from libs.contracts.intents import KeepHold
from libs.contracts.values import Outcome
from services.policy.core.approvals.closing import close_questions
from services.policy.core.approvals.competing import find_in_the_way
from services.policy.core.approvals.deciding import approve, expire, give_way, reject
from services.policy.core.approvals.question import Question
from services.policy.core.back_office import (
    CancellationRequest,
    Denied,
    Granted,
    ReservationChange,
    Ruling,
    decide_cancellation,
    decide_change,
)
from services.policy.core.changes import Decision
from services.policy.core.ledger import Slice
from services.policy.core.policies.policy import Policy
from tests.unit.policy.approving import GRACE, asked, asking, held
from tests.unit.policy.factories import (
    BOOKED,
    CAPACITY,
    ELSEWHEN,
    HOLD,
    RESERVATION,
    answer,
    hold,
    intent,
    known,
    ledger,
    recorded,
    reservation,
    rules_of,
    saved,
    taken,
    wants,
    window,
)

OTHERWISE = window(72)
MOVED = {"start": ELSEWHEN.start, "end": ELSEWHEN.end}


def booked_here(*policies: Policy, **different: Any) -> Slice:
    """Make the slice of a booking of the back office, shown by its hold, where changes need approval."""
    usual: dict[str, Any] = {
        "policies": (CAPACITY, *(policies or (asking(),))),
        "reservation": reservation(origin="api", ical_uid=None),
        "hold": intent(hold()),
        "taken": (taken(reservation_id=RESERVATION),),
    }
    return ledger(**usual | different)


def change(slice_: Slice, **different: Any) -> Ruling:
    assert slice_.reservation is not None
    return decide_change(slice_.reservation, ReservationChange(**different), slice_)


def granted(slice_: Slice, **different: Any) -> Decision:
    ruling = change(slice_, **different)
    assert isinstance(ruling, Granted)
    return ruling.decision


def changing(*policies: Policy) -> Slice:
    """Make the slice of a booking of the back office of which a change was asked about."""
    before = booked_here(*policies)
    [question] = asked(granted(before, **MOVED))
    return replace(before, question=question)


def question_of(slice_: Slice) -> Question:
    assert slice_.question is not None
    return slice_.question


def test_a_change_that_needs_approval_is_asked_about_and_the_booking_stays() -> None:
    decision = granted(booked_here(), attendee_count=4, **MOVED)

    [question] = asked(decision)
    assert (question.state, question.reservation_id, question.mode) == ("pending", RESERVATION, "hold")
    assert (question.asked.window, question.asked.people) == (ELSEWHEN, 4)
    assert (saved(decision), wants(decision)) == ([], {})
    [record] = recorded(decision)
    assert (record.outcome, rules_of(record.reasons), record.judged.window) == (
        Outcome.TENTATIVE,
        ["approval"],
        ELSEWHEN,
    )


def test_a_title_is_changed_at_once_although_the_time_waits() -> None:
    decision = granted(booked_here(), title="Council", **MOVED)

    assert [(each.title, each.window, each.version) for each in saved(decision)] == [("Council", BOOKED, 2)]
    assert wants(decision) == {HOLD: hold(subject="Council")}
    assert [each.asked.window for each in asked(decision)] == [ELSEWHEN]


def test_another_organizer_is_asked_about_by_name_and_has_the_booking_once_that_is_approved() -> None:
    ben = {"changes_organizer": True, "organizer_address": "ben@example.org", "organizer_name": "Ben"}
    before = booked_here()

    decision = granted(before, **ben, **MOVED)

    [question] = asked(decision)
    assert (question.asked.organizer, question.asked.names_organizer, question.asked.organizer_name) == (
        "ben@example.org",
        True,
        "Ben",
    )
    assert saved(decision) == []
    booked = approve(question, replace(before, question=question), None, GRACE)
    assert [(each.organizer_address, each.organizer_name, each.window) for each in saved(booked)] == [
        ("ben@example.org", "Ben", ELSEWHEN)
    ]


def test_what_is_kept_without_its_invitation_cannot_be_asked_about() -> None:
    kept = reservation(kept_without_invitation=True)
    before = booked_here(reservation=kept, meeting=known(), intent=intent(answer("declined")))

    assert isinstance(change(before, **MOVED), Denied)


def test_a_change_to_a_taken_time_is_refused_and_the_one_that_waits_stays() -> None:
    before = changing()

    ruling = change(replace(before, taken=(*before.taken, taken(OTHERWISE))), start=OTHERWISE.start, end=OTHERWISE.end)

    assert isinstance(ruling, Denied)
    assert asked(ruling.decision) == []


def test_another_change_supersedes_the_question_and_asks_anew() -> None:
    before = changing()

    decision = granted(before, start=OTHERWISE.start, end=OTHERWISE.end)

    first, anew = asked(decision)
    assert (first.id, first.state) == (question_of(before).id, "superseded")
    assert (anew.state, anew.asked.window, anew.asked_at) == ("pending", OTHERWISE, first.asked_at)


def test_a_change_that_is_asked_for_again_is_the_same_question() -> None:
    assert asked(granted(changing(), **MOVED)) == []


def test_a_change_that_an_administrator_allows_by_override_closes_the_question() -> None:
    decision = granted(changing(), override_reason="Open day", **MOVED)

    assert [(each.status, each.window) for each in saved(decision)] == [("confirmed", ELSEWHEN)]
    assert [each.state for each in asked(decision)] == ["superseded"]
    assert held(decision)


def test_asking_for_what_is_booked_takes_the_request_back() -> None:
    decision = granted(changing(), start=BOOKED.start, end=BOOKED.end)

    assert [each.state for each in asked(decision)] == ["withdrawn"]
    assert saved(decision) == []


def test_a_new_title_leaves_the_question() -> None:
    decision = granted(changing(), title="Council")

    assert asked(close_questions(changing(), decision)) == []
    assert [each.window for each in saved(decision)] == [BOOKED]


def test_a_cancellation_withdraws_the_question() -> None:
    before = changing()
    assert before.reservation is not None

    ruling = decide_cancellation(before.reservation, CancellationRequest(), before)

    assert [each.state for each in asked(close_questions(before, ruling.decision))] == ["withdrawn"]


def test_a_change_that_is_approved_is_booked_and_its_hold_moved() -> None:
    before = changing()

    decision = approve(question_of(before), before, None, GRACE)

    assert [(each.id, each.status, each.window) for each in saved(decision)] == [(RESERVATION, "confirmed", ELSEWHEN)]
    moved = wants(decision)[HOLD]
    assert isinstance(moved, KeepHold)
    assert moved.window == ELSEWHEN


@pytest.mark.parametrize("way", ["rejected", "expired"])
def test_a_change_that_is_not_approved_leaves_the_booking_and_its_hold(way: str) -> None:
    before = changing()
    question = replace(question_of(before), due_at=before.now)

    decision = reject(question, before, "No.", GRACE) if way == "rejected" else expire(question, before)

    assert (saved(decision), wants(decision)) == ([], {})
    assert [each.state for each in asked(decision)] == [way]
    assert [each.outcome for each in recorded(decision)] == [Outcome.DECLINE]


def test_a_change_that_competes_gives_way_and_leaves_the_booking() -> None:
    before = changing(asking(mode="compete"))
    others = replace(before, taken=(*before.taken, taken(ELSEWHEN)))
    assert find_in_the_way(question_of(before), before) == ()

    decision = give_way(question_of(others), others)

    assert (saved(decision), wants(decision)) == ([], {})
    assert [each.state for each in asked(decision)] == ["superseded"]
