"""Commands from the back office: make, change and cancel reservations, judged by the same rules as invitations.

Each runs inside the caller's transaction and writes nothing when it refuses, the audit aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold
from libs.contracts.messages import Message
from libs.contracts.values import Outcome, Reason, Window, meeting_key, reservation_key
from services.policy.core import wording
from services.policy.core.changes import Change, Decision, Record, Save, Want
from services.policy.core.evaluate import Request, evaluate, next_free
from services.policy.core.ledger import Judged, Reservation, Slice
from services.policy.handlers.apply import Rules, apply
from services.policy.store import reservations, slices
from services.policy.store.slices import UnknownSpace

__all__ = [
    "NotFound",
    "Refused",
    "ReservationChange",
    "ReservationRequest",
    "Reserved",
    "Result",
    "StaleVersion",
    "UnknownSpace",
    "cancel_reservation",
    "change_reservation",
    "create_reservation",
    "on_space_mapped",
]


class NotFound(LookupError):
    """There is no reservation of that id."""


class StaleVersion(Exception):
    """The reservation has changed since the caller read it; `current` is its version now."""

    def __init__(self, current: int) -> None:
        super().__init__(f"the reservation is at version {current} by now")
        self.current = current


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


@dataclass(frozen=True, slots=True)
class Reserved:
    """Done: the reservation as it stands now, and what others have to be told."""

    reservation: Reservation
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, with every reason, and the next window of that length in which the space is free."""

    reasons: tuple[Reason, ...]
    alternative: Window | None
    messages: Sequence[Message] = ()


Result = Reserved | Refused


async def create_reservation(
    conn: Connection, request: ReservationRequest, now: datetime, rules: Rules | None = None
) -> Result:
    """Reserve a space if nothing speaks against it. Raises `UnknownSpace`."""
    new_id = uuid4()
    window = Window(start=request.start, end=request.end)
    await slices.lock_space(conn, request.space_id)
    ledger = await slices.of_reservation(conn, request.space_id, new_id, window)
    asked = Request(window, request.attendee_count, is_overridden=request.override_reason is not None)
    reasons = evaluate(asked, ledger.space, ledger.taken, now)
    if reasons:
        return Refused(reasons, next_free(asked, ledger.space, ledger.taken))
    made = Reservation(
        id=new_id,
        space_id=request.space_id,
        group_id=None,
        status="confirmed",
        starts_at=window.start,
        ends_at=window.end,
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
        created_at=now,
        updated_at=now,
    )
    decision = Decision((Save(made, None), _recorded(made), *_held(made)), note="reserved")
    return Reserved(made, await apply(conn, ledger.space, decision, now, rules or Rules()))


async def change_reservation(
    conn: Connection,
    reservation_id: UUID,
    change: ReservationChange,
    *,
    expected_version: int | None,
    now: datetime,
    rules: Rules | None = None,
) -> Result:
    """Change a reservation; one that cannot be granted leaves it as it was. Raises `NotFound`, `StaleVersion`.

    A reservation that an invitation holds can be given another title or another organizer's name by its organizer only:
    its time belongs to the organizer's calendar.
    """
    before, ledger = await _current(conn, reservation_id, expected_version, change)
    if before.ical_uid is not None and not before.kept_without_invitation:
        return Refused((_belongs_to_the_organizer(),), None)
    if not before.is_live:
        return Refused((_is_over(before),), None)
    after = _changed(before, change, now)
    asked = Request(after.window, after.attendee_count, own=before.id, is_overridden=change.override_reason is not None)
    reasons = evaluate(asked, ledger.space, ledger.taken, now)
    if reasons:
        return Refused(reasons, next_free(asked, ledger.space, ledger.taken))
    if replace(after, version=before.version, updated_at=before.updated_at) == before:
        return Reserved(before, [])
    decision = Decision((Save(after, before), _recorded(after), *_held(after)), note="changed")
    return Reserved(after, await apply(conn, ledger.space, decision, now, rules or Rules()))


async def cancel_reservation(
    conn: Connection,
    reservation_id: UUID,
    *,
    comment: str | None,
    expected_version: int | None,
    now: datetime,
    rules: Rules | None = None,
) -> Result:
    """Cancel a reservation; the organizer of an invitation is told why. Raises `NotFound`, `StaleVersion`."""
    before, ledger = await _current(conn, reservation_id, expected_version, None)
    if not before.is_live:
        return Reserved(before, [])
    after = replace(
        before, status="cancelled", kept_without_invitation=False, version=before.version + 1, updated_at=now
    )
    changes: list[Change] = [Save(after, before)]
    if before.ical_uid is not None and ledger.meeting is not None and ledger.meeting.is_present:
        text = f"{ledger.space.name} was cancelled by its administrator."
        answer = AnswerMeeting(
            ical_uid=before.ical_uid,
            event_id=ledger.meeting.event_id,
            answer="declined",
            comment=f"{text} {comment}" if comment else text,
            judged=ledger.meeting.judged.window if ledger.meeting.judged else before.window,
        )
        changes.append(Want(meeting_key(before.ical_uid), answer, before.id))
    if ledger.hold is not None and isinstance(ledger.hold.wanted, KeepHold):
        drop = DropHold(reservation_id=before.id, event_id=ledger.hold.event_id)
        changes.append(Want(reservation_key(before.id), drop, before.id))
    messages = await apply(conn, ledger.space, Decision(tuple(changes), note="cancelled"), now, rules or Rules())
    if before.ical_uid is not None:
        await reservations.note_declined(conn, before.space_id, before.ical_uid)
    return Reserved(after, messages)


async def on_space_mapped(
    conn: Connection, space_id: UUID, now: datetime, rules: Rules | None = None
) -> Sequence[Message]:
    """Have the room mailbox show what was reserved in the space before it was mapped."""
    messages: list[Message] = []
    for reservation_id in await reservations.without_invitation(conn, space_id, now):
        ledger = await slices.of_reservation(conn, space_id, reservation_id, None)
        if ledger.live is not None:
            decision = Decision(tuple(_held(ledger.live)), note="held")
            messages += await apply(conn, ledger.space, decision, now, rules or Rules())
    return messages


async def _current(
    conn: Connection, reservation_id: UUID, expected_version: int | None, change: ReservationChange | None
) -> tuple[Reservation, Slice]:
    space_id = await reservations.space_of(conn, reservation_id)
    if space_id is None:
        raise NotFound(f"no reservation has the id {reservation_id}")
    await slices.lock_space(conn, space_id)
    found = await slices.of_reservation(conn, space_id, reservation_id, None)
    before = found.reservation
    if before is None:
        raise NotFound(f"no reservation has the id {reservation_id}")
    if expected_version is not None and expected_version != before.version:
        raise StaleVersion(before.version)
    if change is not None:
        wanted = Window(start=change.start or before.starts_at, end=change.end or before.ends_at)
        found = await slices.of_reservation(conn, space_id, reservation_id, wanted)
    return before, found


def _changed(before: Reservation, change: ReservationChange, now: datetime) -> Reservation:
    after = replace(
        before,
        starts_at=change.start or before.starts_at,
        ends_at=change.end or before.ends_at,
        title=before.title if change.title is None else change.title,
        attendee_count=before.attendee_count if change.attendee_count is None else change.attendee_count,
        reasons=_overridden(change.override_reason) or before.reasons,
        version=before.version + 1,
        updated_at=now,
    )
    if change.changes_organizer:
        after = replace(after, organizer_name=change.organizer_name, organizer_address=change.organizer_address)
    return after


def _held(reservation: Reservation) -> list[Change]:
    """Want the room's own event that blocks it for this reservation."""
    hold = KeepHold(
        reservation_id=reservation.id,
        window=reservation.window,
        time_zone=reservation.time_zone,
        subject=reservation.title,
    )
    return [Want(reservation_key(reservation.id), hold, reservation.id)]


def _recorded(reservation: Reservation) -> Record:
    judged = Judged(
        window=reservation.window, organizer=reservation.organizer_address, people=reservation.attendee_count
    )
    return Record(reservation_key(reservation.id), reservation.id, reservation.outcome, reservation.reasons, judged)


def _overridden(reason: str | None) -> tuple[Reason, ...]:
    if reason is None:
        return ()
    return (Reason(rule="override", message=f"An administrator allowed an exception: {reason}"),)


def _belongs_to_the_organizer() -> Reason:
    return Reason(
        rule="held_by_invitation",
        limit="back-office reservations",
        actual="a meeting in Outlook",
        message="This reservation belongs to a meeting in Outlook, so only its organizer can change it there. "
        "It can be cancelled here, and the organizer is told.",
    )


def _is_over(before: Reservation) -> Reason:
    return Reason(
        rule="status",
        limit="pending or confirmed",
        actual=before.status,
        message=f"This reservation is {before.status}; "
        f"make a new one instead. It stood for {wording.span(before.window, before.time_zone)}.",
    )
