"""On a mapped or unmapped space, freed time, confirmed cancellations, and a requested sweep or retry: make rooms due.

The loop compares them.
"""

from collections.abc import Sequence

from libs.common.db import Connection
from libs.common.observed import add_facts
from libs.contracts.message import Message
from libs.contracts.messages import (
    CancellationsConfirmed,
    ConflictFreed,
    RetryRequested,
    SpaceMapped,
    SpaceUnmapped,
    SweepRequested,
)
from services.reconciler.store import brakes, drifts, pauses, rooms
from services.reconciler.store.brakes import SeenCancellations


async def on_space_mapped(conn: Connection, message: SpaceMapped | SpaceUnmapped) -> Sequence[Message]:
    """Compare the room that the space is mapped to now, and no other. Harmless to repeat, in any order."""
    await rooms.forget_unmapped(conn)
    await rooms.adopt(conn, message.space_id)
    return ()


async def on_sweep_requested(conn: Connection, message: SweepRequested) -> Sequence[Message]:
    """Make the room the next to compare."""
    await rooms.adopt(conn, message.space_id)
    await rooms.ask(conn, message.space_id, message.reason)
    return ()


async def on_conflict_freed(conn: Connection, message: ConflictFreed) -> Sequence[Message]:
    """Make the room the next to compare, and have policy asked again about what differs there, as if it was new."""
    await drifts.ask_anew_of(conn, message.space_id)
    await rooms.ask(conn, message.space_id, "conflict_freed")
    return ()


async def on_cancellations_confirmed(conn: Connection, message: CancellationsConfirmed) -> Sequence[Message]:
    """Let the cancellations go on that somebody saw, if these still wait and no more. Harmless to repeat."""
    by = message.by.name or message.by.subject or message.by.kind
    seen = SeenCancellations(message.braked_at, message.cancellations)
    confirmed = await brakes.confirm_seen(conn, message.space_id, by, seen)
    add_facts(space_id=str(message.space_id), seen=str(message.cancellations), confirmed=str(confirmed or 0))
    return ()


async def on_retry_requested(conn: Connection, message: RetryRequested) -> Sequence[Message]:
    """End the pause of the connection, and compare next what could not be reached or put right before."""
    await pauses.end(conn, message.connection_id)
    due = await rooms.retry_now(conn, message.connection_id, message.room_mailbox, message.reason)
    await drifts.ask_anew(conn, message.connection_id, message.room_mailbox)
    add_facts(connection_id=str(message.connection_id), rooms=str(due))
    return ()
