"""On a space mapped or unmapped, and on a sweep asked for: whose turn it is. The loop does the comparing."""

from collections.abc import Sequence

from libs.common.db import Connection
from libs.contracts.messages import Message, SpaceMapped, SpaceUnmapped, SweepRequested
from services.reconciler.store import rooms


async def on_space_mapped(conn: Connection, message: SpaceMapped | SpaceUnmapped) -> Sequence[Message]:
    """Compare the room a space is mapped to by now, and no other one. Harmless to repeat, in any order."""
    await rooms.forget_unmapped(conn)
    await rooms.adopt(conn, message.space_id)
    return ()


async def on_sweep_requested(conn: Connection, message: SweepRequested) -> Sequence[Message]:
    """Have the room compared next."""
    await rooms.adopt(conn, message.space_id)
    await rooms.ask(conn, message.space_id, message.reason)
    return ()
