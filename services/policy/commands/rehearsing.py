"""Say what an import of a room would come to, and change nothing: decide for real, and roll everything back.

The mapping that is supposed, the decisions and all that follows from them are written in one transaction, which is
never committed; no message leaves. What is kept is the report alone. While a transaction is open, others wait for its
space, so it is closed after a second or two. The next one decides again about what was before and touches the time that
it is about, so that events are in each other's way as they would be. What it cannot see is what a rule counts over
longer times, such as a quota: of a room that takes more than one transaction, such a rule may be found kept that would
be broken.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.db import Connection
from services.policy.commands.apply import Patience, uncounted
from services.policy.commands.command_error import CommandError
from services.policy.commands.importing import LAST_RANK, decide_event, observe, organizers_of
from services.policy.commands.mailboxes import enter_mailboxes, leave_mailboxes
from services.policy.commands.mapping import MappingFields, change_mapping
from services.policy.commands.space_errors import MailboxMappedElsewhere
from services.policy.core.imports.item import ImportItem
from services.policy.store import fillings, import_events, import_items, import_rooms, slices, spaces
from services.policy.store.import_events import ReadEvent
from services.policy.store.import_rooms import WaitingRoom

AT_ONCE = 200
LOCKED_FOR_S = 1.5
"""How long the others wait for a space at most, but for one decision: then what was found is written down."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """A room as it would be imported, at `now`, by the clock that stamps mappings."""

    room: WaitingRoom
    patience: Patience
    now: datetime


@dataclass(frozen=True, slots=True)
class RehearsedSlice:
    """What was found of some events, of which the last is at (rank, seq); None once there are no more."""

    items: Sequence[ImportItem]
    place: tuple[int, int] | None


class NotMappable(Exception):
    """The mapping that is supposed cannot be made. The message says why, in a full sentence."""


async def rehearse_room(conn: Connection, supposed: Supposed) -> bool:
    """Find out about the next events of a room, and then about its reservations; True if there is more to do at once.

    Nothing is done before the calendar is read to its end. The caller has begun no transaction.
    """
    room = supposed.room
    if room.reading == "failed":
        await _fail(conn, room, room.reading_detail)
    if room.reading != "read":
        return False
    try:
        found = await _find(conn, supposed)
    except NotMappable as error:
        await _fail(conn, room, str(error))
        return False
    async with conn.transaction():
        locked = await import_rooms.lock(conn, room.import_id, room.space_id)
        if locked is None or (locked.decided_rank, locked.decided_seq) != (room.decided_rank, room.decided_seq):
            return locked is not None
        await import_items.add(conn, room, list(found.items))
        if found.place is not None:
            await import_rooms.advance(conn, room, *found.place)
            return True
        past = (room.past_events or 0) + await import_rooms.over_in_ledger(conn, room.space_id)
        await import_rooms.hold(conn, room, len(found.items), past)
        await import_rooms.end(conn, room, "done")
    return False


async def _find(conn: Connection, supposed: Supposed) -> RehearsedSlice:
    """Decide about the next events; without any of this rank go on with the next one, and at last with the holds."""
    room = supposed.room
    place = (room.decided_rank, room.decided_seq)
    events = await import_events.next_to_decide(conn, room.import_id, room.space_id, place, AT_ONCE)
    if events:
        before = await import_events.touching(conn, room.import_id, room.space_id, place, events)
        return await _decide_all(conn, supposed, before, events)
    if room.decided_rank < LAST_RANK:
        return RehearsedSlice((), (room.decided_rank + 1, 0))
    async with _trial(conn, supposed, ()):
        return RehearsedSlice(await fillings.to_be_held(conn, room.import_id, room.space_id), None)


async def _decide_all(
    conn: Connection, supposed: Supposed, before: Sequence[ReadEvent], events: Sequence[ReadEvent]
) -> RehearsedSlice:
    """Decide about what was before, for what follows from it, and then about as many events as there is time for."""
    room, items, last = supposed.room, list[ImportItem](), events[0]
    async with _trial(conn, supposed, organizers_of(room, [*before, *events])):
        began = time.monotonic()
        for each in before:
            await decide_event(conn, each, observe(room, each), supposed.patience)
        for last in events:
            items += (await decide_event(conn, last, observe(room, last), supposed.patience)).items
            if time.monotonic() - began > LOCKED_FOR_S:
                break
    return RehearsedSlice(items, (last.rank, last.seq))


@asynccontextmanager
async def _trial(conn: Connection, supposed: Supposed, organizers: Sequence[str]) -> AsyncIterator[None]:
    """Open a transaction in which the room is mapped as supposed, and undo all that is done in it."""
    trial = conn.transaction()
    await trial.start()
    try:
        with uncounted():
            await slices.lock_space_for(conn, supposed.room.space_id, list(organizers))
            await _suppose(conn, supposed)
            yield
    finally:
        await trial.rollback()


async def _suppose(conn: Connection, supposed: Supposed) -> None:
    """Map the space as it is supposed to be, and have its mailbox filled. Raises `NotMappable`."""
    room = supposed.room
    space = await spaces.lock(conn, room.space_id)
    if space is None:
        raise NotMappable("This space was deleted before its rehearsal had ended.")
    wanted: MappingFields = {"room_mailbox": room.room_mailbox, "connection": str(room.connection_id)}
    try:
        after = await change_mapping(conn, space, wanted, supposed.now)
    except MailboxMappedElsewhere as error:
        raise NotMappable(
            f"The mailbox {room.room_mailbox} is mapped to the space {error.holder_name} by now. Each space has a "
            "mailbox of its own: unmap that one first, or take another mailbox."
        ) from error
    except CommandError as error:
        raise NotMappable(f"The space could not be mapped like this: {error}.") from error
    if after == space:
        await fillings.start_for_unheld(conn, space.id)
        return
    if space.room_mailbox is not None:
        await leave_mailboxes(conn, [space.id])
    await spaces.save(conn, replace(after, version=space.version + 1))
    await enter_mailboxes(conn, [space.id], is_other_tenant=space.connection_id not in {None, after.connection_id})


async def _fail(conn: Connection, room: WaitingRoom, detail: str | None) -> None:
    async with conn.transaction():
        locked = await import_rooms.lock(conn, room.import_id, room.space_id)
        if locked is not None and locked.attempt == room.attempt:
            await import_rooms.end(conn, room, "failed", detail)
