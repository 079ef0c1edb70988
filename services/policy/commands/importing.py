"""Decide about what was read of a room for an import, a few events at a time, each few in a short transaction.

Each event is decided about as if it had just been observed live: there is no other path. What became of it is written
in the same transaction, so whatever is repeated after a crash changes nothing and is counted once. Once all events are
decided about, the reservations that the calendar does not show are held, as after every change of a mapping.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from libs.common.db import AWAY, Connection
from libs.contracts.message import Message
from libs.contracts.values import Observation, Window
from services.policy.commands.apply import Patience
from services.policy.commands.mailboxes import fill_mailbox
from services.policy.commands.observations import Looked, decide_observation, organizer_of
from services.policy.core.imports.item import ImportItem
from services.policy.core.imports.outcomes import items_of, unreadable_item
from services.policy.core.timeline.sighting import Prompt
from services.policy.store import fillings, import_events, import_items, import_rooms, slices
from services.policy.store.constraints import check_constraints
from services.policy.store.import_events import ReadEvent
from services.policy.store.import_rooms import WaitingRoom

AT_ONCE = 25
"""Events that are decided about in one transaction, while live decisions about their space wait."""

LAST_RANK = 1
"""Facts come first, which nobody asks us about; then what waits for an answer."""

NOT_DECIDED = (
    "Nothing could be decided about this event because of an error of Roomsync's own, which its log tells about. The "
    "next comparison of the room tries it again."
)

_REPEATED: tuple[type[Exception], ...] = (*AWAY, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Advanced:
    """Whether more can be done about a room at once, and the messages to send."""

    has_more: bool
    messages: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class DecidedEvent:
    """What became of one event, and the messages that follow."""

    items: Sequence[ImportItem] = ()
    messages: Sequence[Message] = ()


NOTHING_TO_DO = Advanced(has_more=False)


async def advance_room(conn: Connection, room: WaitingRoom, patience: Patience) -> Advanced:
    """Do the next few things about a room of an import. The caller has begun a transaction, and sends the messages."""
    if room.state == "holding":
        return await _hold(conn, room, patience)
    place = (room.decided_rank, room.decided_seq)
    events = await import_events.next_to_decide(conn, room.import_id, room.space_id, place, AT_ONCE)
    await slices.lock_space_for(conn, room.space_id, organizers_of(room, events))
    locked = await import_rooms.lock(conn, room.import_id, room.space_id)
    if locked is None or (locked.state, locked.decided_rank, locked.decided_seq) != (room.state, *place):
        return Advanced(has_more=locked is not None)
    if not events:
        return await _finish_rank(conn, locked)
    messages: list[Message] = []
    items: list[ImportItem] = []
    for each in events:
        decided = await decide_event(conn, each, observe(room, each), patience)
        items += decided.items
        messages += decided.messages
    await import_items.add(conn, locked, items)
    await import_rooms.advance(conn, locked, events[-1].rank, events[-1].seq)
    return Advanced(has_more=True, messages=messages)


async def decide_event(
    conn: Connection, event: ReadEvent, observation: Observation | None, patience: Patience
) -> DecidedEvent:
    """Decide about one event under locks for its space and organizer.

    An error of ours leaves nothing of it behind, and fails this event only.
    """
    if observation is None or observation.meeting is None:
        nowhere = Window(start=event.observed_at, end=event.observed_at)
        return DecidedEvent([unreadable_item(event.ical_uid, nowhere, event.problem or NOT_DECIDED)])
    try:
        async with conn.transaction():
            # The calendar was read just now, so another look before a request is refused would show nothing new.
            decided = await decide_observation(conn, observation, Looked(Prompt(), may_look=False), patience)
            meeting = decided.observation.meeting
            if decided.ledger is None or meeting is None:
                return DecidedEvent()
            items = items_of(meeting, decided.ledger, decided.decision)
            await check_constraints(conn)
            return DecidedEvent(items, decided.messages)
    except _REPEATED:
        raise
    except Exception:
        log.exception("import.event_failed", space_id=str(observation.space_id), ical_uid=event.ical_uid)
        return DecidedEvent([unreadable_item(event.ical_uid, observation.meeting.window, NOT_DECIDED)])


def organizers_of(room: WaitingRoom, events: Sequence[ReadEvent]) -> list[str]:
    """Return the addresses of the organizers of events, each once."""
    observed = [observe(room, each) for each in events]
    return sorted({found for each in observed if each is not None and (found := organizer_of(each)) is not None})


def observe(room: WaitingRoom, event: ReadEvent) -> Observation | None:
    """Return an event as it would have been observed live; None if it could not be read."""
    if event.meeting is None:
        return None
    return Observation(
        space_id=room.space_id,
        room_mailbox=room.room_mailbox,
        ical_uid=event.ical_uid,
        observed_at=event.observed_at,
        meeting=event.meeting,
    )


async def _finish_rank(conn: Connection, room: WaitingRoom) -> Advanced:
    """Go on with the next rank, or with holds, if all events have been read; end the room if that failed."""
    if room.reading == "failed":
        await import_rooms.end(conn, room, "failed", room.reading_detail)
        return NOTHING_TO_DO
    if room.reading != "read":
        return NOTHING_TO_DO
    if room.decided_rank < LAST_RANK:
        await import_rooms.advance(conn, room, room.decided_rank + 1, 0)
        return Advanced(has_more=True)
    if room.cause == "request":
        await fillings.start_for_unheld(conn, room.space_id)
    to_hold = await fillings.count_to_hold(conn, room.space_id)
    past = (room.past_events or 0) + await import_rooms.over_in_ledger(conn, room.space_id)
    await import_rooms.hold(conn, room, to_hold, past)
    return Advanced(has_more=True)


async def _hold(conn: Connection, room: WaitingRoom, patience: Patience) -> Advanced:
    """Want the next few holds; once all are wanted, wait until they are shown."""
    if not await fillings.is_unfinished(conn, room.space_id):
        return await _settle(conn, room)
    await slices.lock_space(conn, room.space_id)
    locked = await import_rooms.lock(conn, room.import_id, room.space_id)
    if locked is None or locked.state != "holding":
        return Advanced(has_more=locked is not None)
    filled = await fill_mailbox(conn, room.space_id, patience)
    if filled.is_done:
        await import_items.add_held(conn, locked)
    return Advanced(has_more=True, messages=filled.messages)


async def _settle(conn: Connection, room: WaitingRoom) -> Advanced:
    """Note which holds are shown; the room is done once all are, or were given up."""
    locked = await import_rooms.lock(conn, room.import_id, room.space_id)
    if locked is not None and locked.state == "holding" and await import_items.settle_held(conn, locked) == 0:
        await import_rooms.end(conn, locked, "done")
    return NOTHING_TO_DO
