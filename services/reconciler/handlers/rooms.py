"""On a mapped or unmapped space, and on a requested sweep: make the room due. The loop compares it."""

from collections.abc import Sequence

from libs.common.db import Connection
from libs.contracts.messages import Message, SpaceMapped, SpaceUnmapped, SweepRequested
from services.reconciler.store import rooms


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
