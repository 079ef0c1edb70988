"""Resolve conflicts: what both sides have at one time, once a person decides which of them is kept.

Each runs inside the caller's transaction, under the locks of the spaces concerned. So of two who resolve one at once,
the first does, and the other is told who that was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor
from services.policy.commands.apply import Patience, apply
from services.policy.commands.errors import UnusableComment
from services.policy.commands.reservations import CancellationRequest, ReservationRefused, cancel_reservation
from services.policy.commands.undecidable import AlreadyResolved, NotCancellable, OwnedByRoom
from services.policy.commands.unknown import UnknownConflict
from services.policy.core.conflicts import book_contested, decline_contested
from services.policy.core.explanations import Keep
from services.policy.core.prose import MOST_CHARACTERS, UNPRINTABLE
from services.policy.store import conflicts, slices
from services.policy.store.conflicts import OpenConflict

WHY_CANCELLED = "Something else was kept at this time, to resolve a conflict with the room's calendar in Outlook."


@dataclass(frozen=True, slots=True)
class KeptSide:
    """Which side of a conflict somebody keeps, and what the organizer of the other is told about it."""

    keep: Keep
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedConflict:
    """The conflict as it was until it was resolved, and the messages to send."""

    conflict: OpenConflict
    messages: Sequence[Message]


async def read_conflict(conn: Connection, conflict_id: UUID) -> OpenConflict:
    """Read one conflict. Raises `AlreadyResolved` and `UnknownConflict`."""
    found = await conflicts.read(conn, conflict_id)
    if found is not None:
        return found
    resolved = await conflicts.resolved(conn, conflict_id)
    if resolved is not None:
        raise AlreadyResolved(resolved.keep, resolved.by, resolved.at)
    raise UnknownConflict(conflict_id)


async def what_cannot_be_kept(conn: Connection, found: OpenConflict) -> Mapping[Keep, OwnedByRoom]:
    """Return why a side cannot be kept, because an event on the room's own calendar would have to go; none if both can.

    `resolve_conflict` refuses to keep these sides for as long as that is so.
    """
    refused: dict[Keep, OwnedByRoom] = {}
    if found.is_room_owned:
        refused["ledger"] = OwnedByRoom("ledger")
    if await conflicts.is_of_rooms_own(conn, found.reservation_id):
        refused["outlook"] = OwnedByRoom("outlook")
    return refused


async def resolve_conflict(
    conn: Connection, conflict_id: UUID, kept: KeptSide, patience: Patience, *, by: Actor
) -> ResolvedConflict:
    """Keep one side of a conflict, and give up the other.

    An event that is declined ends all of its conflicts, and they count as resolved like this one. Raises
    `UnusableComment`, what `read_conflict` raises, `OwnedByRoom` if an event on the room's own calendar would have to
    go, and `NotCancellable`; each of them before anything is written.
    """
    if kept.comment is not None and (len(kept.comment) > MOST_CHARACTERS or UNPRINTABLE.search(kept.comment)):
        raise UnusableComment
    before = await read_conflict(conn, conflict_id)
    organizers = [each for each in (before.organizer, before.reserved_by) if each is not None]
    await slices.lock_space_for(conn, before.space_id, organizers)
    await slices.lock_spaces(conn, [before.space_id, before.reserved_space_id])
    found = await read_conflict(conn, conflict_id)
    if kept.keep == "ledger":
        return await _keep_ledger(conn, found, kept, patience, by)
    return await _keep_outlook(conn, found, kept, patience, by)


async def _keep_ledger(
    conn: Connection, found: OpenConflict, kept: KeptSide, patience: Patience, by: Actor
) -> ResolvedConflict:
    if found.is_room_owned:
        raise OwnedByRoom(kept.keep)
    ended = await conflicts.of_event(conn, found.key)
    await conflicts.resolve(conn, found.space_id, [each.id for each in ended], kept.keep, by, kept.comment)
    ledger = await slices.of_meeting(conn, found.key, [found.outlook], None, (), found.organizer)
    decision = decline_contested(found.key, ledger, uuid4(), kept.comment)
    return ResolvedConflict(found, await apply(conn, ledger, decision, patience, by=by))


async def _keep_outlook(
    conn: Connection, found: OpenConflict, kept: KeptSide, patience: Patience, by: Actor
) -> ResolvedConflict:
    if await conflicts.is_of_rooms_own(conn, found.reservation_id):
        raise OwnedByRoom(kept.keep)
    wanted = CancellationRequest(kept.comment, override_reason=kept.comment or WHY_CANCELLED)
    cancelled = await cancel_reservation(
        conn, found.reservation_id, wanted=wanted, expected_version=None, patience=patience, by=by
    )
    if isinstance(cancelled, ReservationRefused):
        raise NotCancellable(cancelled.detail)
    await conflicts.resolve(conn, found.space_id, [found.id], kept.keep, by, kept.comment)
    ledger = await slices.of_meeting(conn, found.key, [found.outlook], None, (), found.organizer)
    decision = book_contested(found.key, ledger, uuid4(), kept.comment)
    booked = await apply(conn, ledger, decision, patience, by=by)
    return ResolvedConflict(found, [*cancelled.messages, *booked])
