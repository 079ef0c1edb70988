"""Examples of commands about reservations, and of what replies to them.

They tell one small story: a service reserves Aurora in Grace's name, moves the reservation, and cancels it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.contracts.approvals import OrganizerOut
from libs.contracts.message import Message
from libs.contracts.problems import AlternativesOut, FieldProblem, FreeSpaceOut, FreeWindow
from libs.contracts.reservation_commands import (
    CancelReservation,
    ChangeReservation,
    CheckReservation,
    RequestReservation,
    ReservationCancellationDone,
    ReservationCancellationRefused,
    ReservationChangeDone,
    ReservationChangeRefused,
    ReservationCheckDone,
    ReservationCheckRefused,
    ReservationRequestDone,
    ReservationRequestRefused,
    VouchedPerson,
)
from libs.contracts.reservations import DecisionOut, ForecastOut, InOutlook, JudgedByOut, ReservationOut
from libs.contracts.values import Actor, ActorKind, Outcome, Reason
from libs.contracts.wanted_reservations import WantedOrganizer

_SPACE = UUID("8d5e8a2c-51f0-4c39-9b0c-0d6f0a3f4b11")
_OTHER_SPACE = UUID("4c0f8d1e-7b2a-4e5c-9d3f-6a1b2c3d4e77")
_RESERVATION = UUID("6a4b0f52-9c1d-4d6e-8f0b-2f7d1c9e5b33")
_NOW = datetime(2027, 2, 26, 14, 30, 5, tzinfo=UTC)
_NINE, _TEN = datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC)
_ELEVEN, _NOON = datetime(2027, 3, 1, 10, tzinfo=UTC), datetime(2027, 3, 1, 11, tzinfo=UTC)
_GRACE = VouchedPerson(address="grace@example.org", name="Grace")
_AS_GRACE = Actor(kind=ActorKind.SERVICE, subject=_GRACE.address, name=_GRACE.name)

_BOOKED = ReservationOut(
    id=_RESERVATION,
    space_id=_SPACE,
    group_id=None,
    original_date=None,
    status="confirmed",
    start=_NINE,
    end=_TEN,
    time_zone="Europe/Berlin",
    title="Board",
    is_private=False,
    organizer=OrganizerOut(name="Ada", email="ada@example.org"),
    attendee_count=6,
    origin="command",
    decision=DecisionOut(
        outcome=Outcome.ACCEPT,
        policies=[
            JudgedByOut(
                policy_id=UUID("1e2d3c4b-5a69-4788-9786-a5b4c3d2e188"),
                version=2,
                kind="capacity",
                effect="deny",
                held=True,
            )
        ],
    ),
    warnings=[],
    refused_request=None,
    requested_change=None,
    proposed_change=None,
    outlook=InOutlook(ical_uid=None, state="writing", answer=None, detail=None),
    kept_without_invitation=False,
    yields=False,
    made_by=_AS_GRACE,
    changed_by=_AS_GRACE,
    cancelled_by=None,
    version=1,
    created_at=_NOW,
    updated_at=_NOW,
)
_MOVED = _BOOKED.model_copy(
    update={"start": _ELEVEN, "end": _NOON, "version": 2, "updated_at": _NOW + timedelta(minutes=1)}
)
_CANCELLED = _MOVED.model_copy(
    update={
        "status": "cancelled",
        "cancelled_by": _AS_GRACE,
        "version": 3,
        "updated_at": _NOW + timedelta(minutes=2),
    }
)
_TAKEN = Reason(
    rule="availability",
    actual="2027-03-01T09:00:00+01:00",
    message="Aurora is taken on Mon 01 Mar 2027, 09:00-10:00 (Europe/Berlin).",
)
_INSTEAD = AlternativesOut(
    next_free=FreeWindow(start=_TEN, end=_ELEVEN),
    spaces=[FreeSpaceOut(space_id=_OTHER_SPACE, name="Borealis", capacity=8)],
)
_TOO_LATE = Reason(
    rule="change_cut_off", limit="1 day", message="Aurora can be cancelled until 1 day before the start."
)

EXAMPLES: Sequence[Message] = (
    RequestReservation(
        space_id=_SPACE,
        start=_NINE,
        end=_TEN,
        title="Board",
        organizer=WantedOrganizer(name="Ada", email="ada@example.org"),
        attendee_count=6,
        by=_GRACE,
    ),
    ReservationRequestDone(reservation=_BOOKED),
    ReservationRequestRefused(
        status=409,
        title="The space cannot be reserved like that.",
        detail=_TAKEN.message,
        reasons=(_TAKEN,),
        alternatives=_INSTEAD,
    ),
    ReservationRequestRefused(
        status=422,
        title="The request cannot be used as it is.",
        detail="title is missing: This field is required.",
        errors=(FieldProblem(field="title", problem="is missing", expected="This field is required"),),
    ),
    ChangeReservation(
        space_id=_SPACE, reservation_id=_RESERVATION, start=_ELEVEN, end=_NOON, by=_GRACE, expected_version=1
    ),
    ChangeReservation(space_id=_SPACE, reservation_id=_RESERVATION, organizer=None, by=_GRACE),
    ReservationChangeDone(reservation=_MOVED),
    ReservationChangeRefused(
        status=412,
        title="The resource has changed since it was read.",
        detail="Somebody changed this since you read it. Read it again, look at what changed, and repeat your change.",
        errors=(FieldProblem(field="expected_version", problem="is another version", expected="2, as it is now"),),
    ),
    CancelReservation(space_id=_SPACE, reservation_id=_RESERVATION, by=_GRACE, comment="The meeting is held online."),
    ReservationCancellationDone(reservation=_CANCELLED),
    ReservationCancellationRefused(
        status=409,
        title="The space cannot be reserved like that.",
        detail=_TOO_LATE.message,
        reasons=(_TOO_LATE,),
        alternatives=AlternativesOut(next_free=None, spaces=[]),
    ),
    CheckReservation(space_id=_SPACE, start=_NINE, end=_TEN, title="Board", by=_GRACE),
    ReservationCheckDone(
        forecast=ForecastOut(outcome=Outcome.DECLINE, reasons=[_TAKEN], warnings=[], alternatives=_INSTEAD)
    ),
    ReservationCheckRefused(
        status=404,
        title="There is no such thing here.",
        detail="There is no space with this id. List them to see which there are.",
        errors=(FieldProblem(field="space_id", problem="names no space", expected="the id of an existing space"),),
    ),
)
"""All of them, in the order of the story."""
