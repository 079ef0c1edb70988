"""Release reservations that a refused edit left without an invitation, once they were kept for long enough.

The room declined such a meeting, so Exchange no longer tells us when it is cancelled. Without a limit the room stays
blocked until the reservation ends, or until an administrator cancels it.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.correlation import correlated
from libs.common.db import Connection, Pool
from libs.common.every import every
from libs.common.topology import Lane
from services.policy.commands.apply import Patience
from services.policy.commands.release import release_kept
from services.policy.store import reservations

LOOK_EVERY_S = 60.0

log = structlog.get_logger()


class ReleaseLoop:
    """Look every minute for reservations that are due; any number of replicas may do so."""

    def __init__(self, pool: Pool, codec: Codec, kept_for: timedelta, patience: Patience) -> None:
        self._pool = pool
        self._codec = codec
        self._kept_for = kept_for
        self._patience = patience

    async def run(self) -> None:
        """Release what is due, until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="releases")

    async def once(self) -> None:
        """Release what is due now, each in a transaction of its own."""
        async with self._pool.acquire() as conn:
            due = await reservations.kept_longer_than(conn, self._kept_for)
            for space_id, reservation_id in due:
                async with conn.transaction():
                    await self._release(conn, space_id, reservation_id)

    async def _release(self, conn: Connection, space_id: UUID, reservation_id: UUID) -> None:
        with correlated(f"release-{uuid4()}") as correlation_id:
            messages = await release_kept(conn, space_id, reservation_id, self._kept_for, self._patience)
            rows = [(message, Lane.LIVE) for message in messages]
            await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            if messages:
                log.info("reservation.released", space_id=str(space_id), reservation_id=str(reservation_id))
