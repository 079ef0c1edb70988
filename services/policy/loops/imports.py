"""Decide about what was read for imports: rooms take turns, a few events each time.

What is to be done is rows, so a restart goes on where it stopped, and any number of replicas may work on them. All
of it travels in the bulk lane, behind what people wait for.
"""

import time
from uuid import UUID, uuid4

import asyncpg
import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.correlation import correlated
from libs.common.db import Connection, Pool
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested
from services.policy.commands.apply import Patience
from services.policy.commands.importing import advance_room
from services.policy.commands.rehearsing import Supposed, rehearse_room
from services.policy.store import import_rooms, imports
from services.policy.store.constraints import Violation, transaction
from services.policy.store.import_rooms import WaitingRoom

LOOK_EVERY_S = 0.25

log = structlog.get_logger()


class ImportLoop:
    """Look for rooms of imports about which something can be decided."""

    def __init__(self, pool: Pool, codec: Codec, patience: Patience) -> None:
        self._pool = pool
        self._codec = codec
        self._patience = patience

    async def run(self) -> None:
        """Do what is to be done, until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="imports")

    async def once(self) -> None:
        """Do all that can be done now, and end the imports of which all rooms are done.

        A room about which nothing could be done has another turn a moment later, however much there is about others.
        """
        rests_until: dict[tuple[UUID, UUID], float] = {}
        has_more = True
        while has_more:
            has_more = False
            async with self._pool.acquire() as conn:
                for room in await import_rooms.due(conn):
                    key = room.import_id, room.space_id
                    if rests_until.get(key, 0.0) > time.monotonic():
                        continue
                    if await self._try(conn, room):
                        has_more = True
                    else:
                        rests_until[key] = time.monotonic() + LOOK_EVERY_S
                for import_id in await imports.end_finished(conn):
                    log.info("import.ended", import_id=str(import_id))

    async def _try(self, conn: Connection, room: WaitingRoom) -> bool:
        """Do the next few things about a room; they are repeated later if others were in their way."""
        try:
            return await self._advance(conn, room)
        except (Violation, asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
            log.warning("import.repeated", space_id=str(room.space_id), error=type(error).__name__, reason=str(error))
            return False

    async def _advance(self, conn: Connection, room: WaitingRoom) -> bool:
        """Do the next few things about a room; True if there is more to do at once."""
        if room.is_rehearsal:
            return await rehearse_room(conn, Supposed(room, self._patience, utc_now()))
        with correlated(f"import-{uuid4()}") as correlation_id:
            async with transaction(conn):
                advanced = await advance_room(conn, room, self._patience)
                rows = [
                    (each, Lane.LIVE if isinstance(each, LookRequested) else Lane.BULK) for each in advanced.messages
                ]
                await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            if advanced.messages:
                log.info(
                    "import.advanced",
                    import_id=str(room.import_id),
                    space_id=str(room.space_id),
                    messages=len(advanced.messages),
                )
        return advanced.has_more
