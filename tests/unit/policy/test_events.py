"""What other services are told about a change of a reservation."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.events import ReservationEvent
from libs.contracts.values import Actor, ActorKind, Outcome, Window
from services.policy.core.back_office import CancellationRequest, ReservationChange, decide_cancellation, decide_change
from services.policy.core.changes import Decision, Save
from services.policy.core.events import announce_reservation, occasion_of
from services.policy.core.ledger import Slice
from services.policy.core.place import Place
from tests.unit.policy.factories import BOOKED, ELSEWHEN, booked, decided, ledger, meeting, reservation, taken

PLACE = Place("Aurora", "Europe/Berlin")
GRACE = Actor(kind=ActorKind.ADMINISTRATOR, subject="tenant:grace", name="Grace")


def told(decision: Decision) -> Sequence[ReservationEvent]:
    occasion = occasion_of(decision, PLACE, GRACE)
    saves = [each for each in decision.changes if isinstance(each, Save)]
    return [event for save in saves for event in announce_reservation(save, occasion)]


def moved() -> Decision:
    before = reservation(ical_uid=None)
    change = ReservationChange(start=ELSEWHEN.start, end=ELSEWHEN.end)
    return decide_change(before, change, ledger(reservation=before)).decision


def cancelled(comment: str | None = None) -> Decision:
    return decide_cancellation(reservation(), CancellationRequest(comment), booked()).decision


@pytest.mark.parametrize(
    ("decision", "kind", "at", "before"),
    [
        (decided(ledger(), meeting()), "reservation.confirmed.v1", BOOKED, None),
        (decided(ledger(taken=(taken(),)), meeting()), "reservation.declined.v1", BOOKED, None),
        (decided(booked(), meeting(ELSEWHEN)), "reservation.changed.v1", ELSEWHEN, BOOKED),
        (moved(), "reservation.changed.v1", ELSEWHEN, BOOKED),
        (cancelled(), "reservation.cancelled.v1", BOOKED, BOOKED),
    ],
)
def test_an_event_tells_who_where_and_the_time_before(
    decision: Decision, kind: str, at: Window, before: Window | None
) -> None:
    [event] = told(decision)

    assert (event.type, event.window, event.before) == (kind, at, before)
    assert (event.by, event.space_name, event.is_private) == (GRACE, "Aurora", False)
    assert event.title == "Planning"


def test_an_event_tells_whether_the_reservation_yields() -> None:
    partly = Window(start=BOOKED.start, end=BOOKED.end + timedelta(hours=1))
    event = meeting(partly, is_room_owned=True, answer="organizer")
    first = decided(ledger(taken=(taken(),)), event)
    [made] = [each.reservation for each in first.changes if isinstance(each, Save)]

    [yields] = told(first)
    [whole] = told(decided(ledger(reservation=made), event))

    assert (yields.type, yields.yields, [each.rule for each in yields.why]) == (
        "reservation.confirmed.v1",
        True,
        ["availability"],
    )
    assert (whole.type, whole.yields) == ("reservation.changed.v1", False)


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (decided(ledger(), meeting()), []),
        (decided(ledger(taken=(taken(),)), meeting()), ["It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00"]),
        (cancelled(), ["The booking of Aurora was cancelled by an administrator."]),
        (cancelled("A pipe burst"), ["The booking of Aurora was cancelled by an administrator. A pipe burst."]),
        (decided(booked(), None), ["The meeting is no longer on the room's calendar."]),
    ],
)
def test_an_event_tells_why(decision: Decision, why: list[str]) -> None:
    [event] = told(decision)

    assert len(event.why) == len(why)
    assert all(reason.message.startswith(each) for reason, each in zip(event.why, why, strict=True))


def test_why_a_reservation_ended_is_not_what_it_was_decided_by() -> None:
    [event] = told(cancelled())

    assert (event.outcome, event.reasons) == (Outcome.ACCEPT, ())


@pytest.mark.parametrize("slice_", [ledger(), booked()])
def test_what_a_private_meeting_is_about_is_not_told(slice_: Slice) -> None:
    private: dict[str, Any] = {"is_private": True, "subject": "Layoffs"}

    [event] = told(decided(slice_, meeting(ELSEWHEN, **private)))

    assert (event.title, event.is_private) == ("Private", True)
    assert "Layoffs" not in event.model_dump_json()


def test_an_event_of_a_meeting_names_it_and_one_of_the_back_office_none() -> None:
    [of_meeting] = told(decided(ledger(), meeting()))
    [of_back_office] = told(moved())

    assert (of_meeting.ical_uid, of_back_office.ical_uid) == ("uid-1", None)
