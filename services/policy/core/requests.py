"""What the back office asks for, and the reservation it becomes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.intents import KeepHold
from libs.contracts.values import Outcome, Reason, meeting_key, reservation_key
from services.policy.core import wording
from services.policy.core.changes import Change, Record, Want
from services.policy.core.ledger import Judged, Reservation, Slice


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """A reservation to make. `attendee_count` counts everybody who comes, the organizer included."""

    space_id: UUID
    start: datetime
    end: datetime
    title: str
    organizer_name: str | None = None
    organizer_address: str | None = None
    attendee_count: int = 0
    override_reason: str | None = None
    origin: Literal["api", "command"] = "api"


@dataclass(frozen=True, slots=True)
class ReservationChange:
    """What to change; `None` leaves it, and `changes_organizer` tells whether the two organizer fields count."""

    start: datetime | None = None
    end: datetime | None = None
    title: str | None = None
    attendee_count: int | None = None
    changes_organizer: bool = False
    organizer_name: str | None = None
    organizer_address: str | None = None
    override_reason: str | None = None


def made(request: ReservationRequest, new_id: UUID, ledger: Slice) -> Reservation:
    """Return the reservation as it stands once it is granted."""
    return Reservation(
        id=new_id,
        space_id=request.space_id,
        group_id=None,
        status="confirmed",
        starts_at=request.start,
        ends_at=request.end,
        time_zone=ledger.space.time_zone,
        title=request.title,
        is_private=False,
        organizer_name=request.organizer_name,
        organizer_address=request.organizer_address,
        attendee_count=request.attendee_count,
        origin=request.origin,
        outcome=Outcome.ACCEPT,
        reasons=_overridden(request.override_reason),
        ical_uid=None,
        kept_without_invitation=False,
        version=1,
        created_at=ledger.now,
        updated_at=ledger.now,
    )


def changed(before: Reservation, change: ReservationChange, now: datetime) -> Reservation:
    """Return the reservation as it stands once the change is granted."""
    after = replace(
        before,
        starts_at=change.start or before.starts_at,
        ends_at=change.end or before.ends_at,
        title=before.title if change.title is None else change.title,
        attendee_count=before.attendee_count if change.attendee_count is None else change.attendee_count,
        outcome=Outcome.ACCEPT,
        reasons=_overridden(change.override_reason) or (before.reasons if before.outcome is Outcome.ACCEPT else ()),
        version=before.version + 1,
        updated_at=now,
    )
    if change.changes_organizer:
        after = replace(after, organizer_name=change.organizer_name, organizer_address=change.organizer_address)
    return after


def held(reservation: Reservation) -> list[Change]:
    """Want the room's own event that blocks it for this reservation."""
    hold = KeepHold(
        reservation_id=reservation.id,
        window=reservation.window,
        time_zone=reservation.time_zone,
        subject=reservation.title,
    )
    return [Want(reservation_key(reservation.id), hold, reservation.id)]


def recorded(reservation: Reservation) -> Record:
    """Write down what was granted."""
    outcome, reasons = reservation.outcome, reservation.reasons
    return Record(key_of(reservation), reservation.id, outcome, reasons, judged(reservation))


def judged(reservation: Reservation) -> Judged:
    """Return what of a reservation a decision depends on."""
    organizer, people = reservation.organizer_address, reservation.attendee_count
    return Judged(window=reservation.window, organizer=organizer, people=people)


def key_of(reservation: Reservation) -> str:
    """Name what the reservation belongs to within its space."""
    return reservation_key(reservation.id) if reservation.ical_uid is None else meeting_key(reservation.ical_uid)


def _overridden(reason: str | None) -> tuple[Reason, ...]:
    if reason is None:
        return ()
    return (Reason(rule="override", message=f"An administrator allowed an exception: {reason}"),)


def belongs_to_the_organizer() -> Reason:
    """Say why a meeting's reservation cannot be changed here."""
    return Reason(
        rule="held_by_invitation",
        limit="back-office reservations",
        actual="a meeting in Outlook",
        message="This reservation belongs to a meeting in Outlook, so only its organizer can change it there. "
        "It can be cancelled here, and the organizer is told.",
    )


def is_over(before: Reservation) -> Reason:
    """Say why a reservation that has ended cannot be changed."""
    return Reason(
        rule="status",
        limit="pending or confirmed",
        actual=before.status,
        message=f"This reservation is {before.status}; "
        f"make a new one instead. It stood for {wording.span(before.window, before.time_zone)}.",
    )
