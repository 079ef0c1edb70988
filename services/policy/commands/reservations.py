"""Commands from the back office: make, change and cancel reservations, judged by the same rules as invitations.

Each runs inside the caller's transaction, by the database's clock. A refusal changes nothing; the audit has it all the
same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.intents import AnswerMeeting
from libs.contracts.messages import Message
from libs.contracts.values import Answer, Outcome, Reason, Window, meeting_key
from services.policy.commands.apply import Rules, apply
from services.policy.core import wording
from services.policy.core.changes import Change, Decision, Record, Save, Want
from services.policy.core.ending import cancelled, dropped_hold, written_down
from services.policy.core.evaluate import Request, evaluate, next_free
from services.policy.core.judge import saved
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.requests import (
    ReservationChange,
    ReservationRequest,
    belongs_to_the_organizer,
    changed,
    held,
    is_over,
    judged,
    key_of,
    made,
    recorded,
)
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
]


class NotFound(LookupError):
    """There is no reservation of that id."""


class StaleVersion(Exception):
    """The reservation has changed since the caller read it; `current` is its version now."""

    def __init__(self, current: int) -> None:
        super().__init__(f"the reservation is at version {current} by now")
        self.current = current


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


async def create_reservation(conn: Connection, request: ReservationRequest, rules: Rules | None = None) -> Result:
    """Reserve a space if nothing speaks against it. Raises `UnknownSpace`."""
    new_id = uuid4()
    window = Window(start=request.start, end=request.end)
    await slices.lock_space(conn, request.space_id)
    ledger = await slices.of_reservation(conn, request.space_id, new_id, window)
    granted = made(request, new_id, ledger)
    asked = Request(window, request.attendee_count, is_overridden=request.override_reason is not None)
    reasons = evaluate(asked, ledger.space, ledger.taken, ledger.now)
    if reasons:
        return await _refused(conn, ledger, asked, granted, reasons)
    decision = Decision((Save(granted, None), recorded(granted), *held(granted)), note="reserved")
    return Reserved(granted, await apply(conn, ledger.space, decision, rules or Rules()))


async def change_reservation(
    conn: Connection,
    reservation_id: UUID,
    change: ReservationChange,
    *,
    expected_version: int | None,
    rules: Rules | None = None,
) -> Result:
    """Change a reservation; one that cannot be granted leaves it as it was. Raises `NotFound`, `StaleVersion`.

    A reservation that an invitation holds can be given another title or another organizer's name by its organizer only:
    its time belongs to the organizer's calendar.
    """
    before, ledger = await _current(conn, reservation_id, expected_version, change)
    if before.ical_uid is not None and not before.kept_without_invitation:
        return Refused((belongs_to_the_organizer(),), None)
    if not before.is_live:
        return Refused((is_over(before),), None)
    after = changed(before, change, ledger.now)
    asked = Request(after.window, after.attendee_count, own=before.id, is_overridden=change.override_reason is not None)
    is_asked_anew = judged(after) != judged(before)
    reasons = evaluate(asked, ledger.space, ledger.taken, ledger.now) if is_asked_anew else ()
    if reasons:
        return await _refused(conn, ledger, asked, after, reasons)
    next_version = saved(after, before, ledger.now)
    if not next_version:
        return Reserved(before, [])
    decision = Decision((*next_version, recorded(after), *held(after)), note="changed")
    return Reserved(after, await apply(conn, ledger.space, decision, rules or Rules()))


async def cancel_reservation(
    conn: Connection,
    reservation_id: UUID,
    *,
    comment: str | None,
    expected_version: int | None,
    rules: Rules | None = None,
) -> Result:
    """Cancel a reservation; the organizer of an invitation is told why. Raises `NotFound`, `StaleVersion`."""
    before, ledger = await _current(conn, reservation_id, expected_version, None)
    if not before.is_live:
        return Reserved(before, [])
    after = cancelled(before, ledger.now)
    why = Reason(rule="cancelled", message=wording.cancelled_by_administrator(ledger.space.name, comment))
    changes: list[Change] = [Save(after, before), written_down(key_of(before), before, why)]
    changes += [*_declined(before, ledger, why), *dropped_hold(ledger)]
    messages = await apply(conn, ledger.space, Decision(tuple(changes), note="cancelled"), rules or Rules())
    if before.ical_uid is not None:
        await reservations.note_declined(conn, before.space_id, before.ical_uid)
    return Reserved(after, messages)


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


async def _refused(
    conn: Connection, ledger: Slice, asked: Request, wanted: Reservation, reasons: tuple[Reason, ...]
) -> Refused:
    """Refuse, and write down what was asked."""
    about = wanted.id if ledger.reservation is not None else None
    refusal = Record(key_of(wanted), about, Outcome.DECLINE, reasons, judged(wanted))
    await apply(conn, ledger.space, Decision((refusal,), note="refused"), Rules())
    return Refused(reasons, next_free(asked, ledger.space, ledger.taken, ledger.now))


def _declined(before: Reservation, ledger: Slice, why: Reason) -> list[Change]:
    """Tell the organizer, as long as the invitation is there to be declined and not over."""
    meeting = ledger.meeting
    if before.ical_uid is None or meeting is None or not meeting.is_present or before.ends_at <= ledger.now:
        return []
    if meeting.shown_answer == Answer.ORGANIZER:
        return []
    answer = AnswerMeeting(
        ical_uid=before.ical_uid,
        event_id=meeting.event_id,
        answer="declined",
        comment=why.message,
        judged=meeting.judged.window if meeting.judged else before.window,
    )
    return [Want(meeting_key(before.ical_uid), answer, before.id)]
