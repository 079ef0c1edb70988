"""Add the dates of the back office's groups that have come into view as time passed.

When a group was last looked at is a column of it; it is due once a day. Any number of replicas may look: each group is
decided about under the locks of its space, and adding its dates twice changes nothing.
"""

from uuid import UUID, uuid4

import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.correlation import correlated
from libs.common.db import AWAY, Connection, Pool
from libs.common.every import every
from libs.common.topology import Lane
from services.policy.commands.apply import Patience
from services.policy.commands.group_changes import roll_forward
from services.policy.loops.roll_forward import AT_A_TIME, ROLL_EVERY
from services.policy.store import groups
from services.policy.store.constraints import transaction

LOOK_EVERY_S = 60.0

log = structlog.get_logger()


class GroupLoop:
    """Look every minute for groups that are due to be rolled forward."""

    def __init__(self, pool: Pool, codec: Codec, patience: Patience) -> None:
        self._pool = pool
        self._codec = codec
        self._patience = patience

    async def run(self) -> None:
        """Do so until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="groups")

    async def once(self) -> None:
        """Roll forward what is due now, each group in a transaction of its own."""
        async with self._pool.acquire() as conn:
            for group_id in await groups.due_to_roll(conn, ROLL_EVERY, AT_A_TIME):
                try:
                    async with transaction(conn):
                        await self._roll(conn, group_id)
                except AWAY:
                    raise
                except Exception:  # an error with one group must not keep the others from being rolled forward
                    log.exception("group.not_rolled", group_id=str(group_id))
                    await groups.note_rolled(conn, group_id)  # it is tried again tomorrow

    async def _roll(self, conn: Connection, group_id: UUID) -> None:
        with correlated(f"roll-forward-{uuid4()}") as correlation_id:
            rows = [(message, Lane.BULK) for message in await roll_forward(conn, group_id, self._patience)]
            await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            if rows:
                log.info("group.rolled", group_id=str(group_id), messages=len(rows))
