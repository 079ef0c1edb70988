"""Unmap spaces that are closing, once everybody has been told of it, and delete the policies of deleted ones.

They are rows, so a restart goes on where it stopped, and any number of replicas may work on them.
"""

from uuid import UUID, uuid4

import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.correlation import correlated
from libs.common.db import Connection, Pool
from libs.common.every import every
from libs.common.topology import Lane
from services.policy.commands.closing import finish_closing
from services.policy.commands.policies import delete_left_behind
from services.policy.core.actors import SYSTEM
from services.policy.store import closings

LOOK_EVERY_S = 1.0

log = structlog.get_logger()


class ClosingLoop:
    """Look every second for closing spaces with nothing left to write, and for policies that deleted spaces left."""

    def __init__(self, pool: Pool, codec: Codec) -> None:
        self._pool = pool
        self._codec = codec

    async def run(self) -> None:
        """Do so until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="closings")

    async def once(self) -> None:
        """Delete the policies of deleted spaces, and unmap what is due now, each space in a transaction of its own."""
        async with self._pool.acquire() as conn:
            async with conn.transaction():
                for policy_id in await delete_left_behind(conn, utc_now(), by=SYSTEM):
                    log.info("policy.left_behind", policy_id=str(policy_id))
            for space_id in await closings.done(conn):
                async with conn.transaction():
                    await self._finish(conn, space_id)

    async def _finish(self, conn: Connection, space_id: UUID) -> None:
        with correlated(f"closing-{uuid4()}") as correlation_id:
            rows = [(message, Lane.LIVE) for message in await finish_closing(conn, space_id)]
            await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            log.info("space.closed", space_id=str(space_id))
