"""What policy tells any internal service that listens: what became of reservations, and of questions about them."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from libs.contracts.message import SpaceMessage
from libs.contracts.values import Actor, Instant, Outcome, Person, Reason, Window


class ReservationEvent(SpaceMessage):
    """A reservation as it is after a change, for any internal service that listens.

    `before` is the window that it had before the change; None if it is new. `by` is who brought the change about, and
    `why` is what was recorded about it: what spoke against a request, or why a reservation ended; `reasons` belong to
    the decision that stands. The title of a private meeting is not told. One that `yields` blocks only what no other
    reservation takes of its window: it belongs to an event on the room's calendar that is partly in the way of others.
    An occurrence of a series has the id of its group, and the date that the pattern gives it, in the series' zone.
    """

    is_open: ClassVar[bool] = True

    reservation_id: UUID
    version: int
    status: Literal["pending", "confirmed", "declined", "cancelled"]
    window: Window
    time_zone: str
    title: str
    organizer: Person | None
    attendee_count: int
    origin: Literal["outlook", "api", "command"]
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    space_name: str | None = None
    before: Window | None = None
    is_private: bool = False
    yields: bool = False
    ical_uid: str | None = None
    by: Actor | None = None
    why: tuple[Reason, ...] = ()
    group_id: UUID | None = None
    original_date: date | None = None


class ReservationPending(ReservationEvent):
    """A request waits for an administrator, and holds its time meanwhile; `approval.requested` tells the question."""

    type: ClassVar[str] = "reservation.pending.v1"


class ReservationConfirmed(ReservationEvent):
    """A request was accepted, or approved, and the space is booked."""

    type: ClassVar[str] = "reservation.confirmed.v1"


class ReservationDeclined(ReservationEvent):
    """A request was refused; `reasons` holds every rule it broke."""

    type: ClassVar[str] = "reservation.declined.v1"


class ReservationChanged(ReservationEvent):
    """A pending or confirmed reservation has another time, title, organizer, number of people or standing."""

    type: ClassVar[str] = "reservation.changed.v1"


class ReservationCancelled(ReservationEvent):
    """A reservation ended before its time and the space is free; `why` tells the reason, with the comment if any."""

    type: ClassVar[str] = "reservation.cancelled.v1"


class ApprovalEvent(SpaceMessage):
    """A question to administrators as it is after it was asked or closed, for any internal service that listens.

    `window`, `organizer` and `attendee_count` are what was asked for, `reasons` the rules that leave it to an
    administrator, and `approvers` and `stand_ins` the mail addresses that they name. `asked_at` is when it was first
    asked: a question that supersedes another keeps it. A question about a series names its group instead of a
    reservation, is about so many `dates`, and has the first of them as `window`. The title of a private meeting is not
    told.
    """

    is_open: ClassVar[bool] = True

    approval_id: UUID
    reservation_id: UUID | None
    version: int
    state: Literal["pending", "approved", "rejected", "withdrawn", "superseded", "expired"]
    window: Window
    time_zone: str
    title: str
    organizer: Person | None
    attendee_count: int
    reasons: tuple[Reason, ...]
    approvers: tuple[str, ...]
    asked_at: Instant
    space_name: str | None = None
    is_private: bool = False
    group_id: UUID | None = None
    dates: int = 1
    stand_ins: tuple[str, ...] = ()
    deadline_at: Instant | None = None
    decided_at: Instant | None = None
    decided_by: Actor | None = None
    comment: str | None = None


class ApprovalRequested(ApprovalEvent):
    """Administrators are asked about a reservation, which waits for them."""

    type: ClassVar[str] = "approval.requested.v1"


class ApprovalDecided(ApprovalEvent):
    """A question is closed: approved or rejected by `decided_by`, or it need not be decided any more.

    It is withdrawn when the reservation ends before it is decided, and superseded when more is asked for, or when what
    is asked for no longer needs approval.
    """

    type: ClassVar[str] = "approval.decided.v1"


class ApprovalExpired(ApprovalEvent):
    """Nobody decided a question by its deadline, or before its time was over; the reservation tells what follows."""

    type: ClassVar[str] = "approval.expired.v1"
