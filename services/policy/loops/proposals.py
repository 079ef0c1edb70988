"""Withdraw proposals of another time that organizers have not accepted by their deadlines.

A deadline is part of the reservation's row, so a restart forgets none, and any number of replicas may look: each
proposal is withdrawn under the locks of its space, once.
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
from services.policy.commands.proposals import withdraw_lapsed
from services.policy.store import reservations

LOOK_EVERY_S = 5.0
AT_MOST = 200

log = structlog.get_logger()


class ProposalLoop:
    """Look every few seconds for proposals whose deadline has passed."""

    def __init__(self, pool: Pool, codec: Codec, patience: Patience) -> None:
        self._pool = pool
        self._codec = codec
        self._patience = patience

    async def run(self) -> None:
        """Do so until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="proposals")

    async def once(self) -> None:
        """Withdraw what is due now, each in a transaction of its own."""
        async with self._pool.acquire() as conn:
            for space_id, reservation_id in await reservations.proposals_due(conn, AT_MOST):
                try:
                    async with conn.transaction():
                        await self._withdraw(conn, space_id, reservation_id)
                except AWAY:
                    raise
                except Exception:  # an error with one proposal must not keep the others from being withdrawn
                    log.exception("proposal.not_withdrawn", reservation_id=str(reservation_id))

    async def _withdraw(self, conn: Connection, space_id: UUID, reservation_id: UUID) -> None:
        with correlated(f"proposal-{uuid4()}") as correlation_id:
            messages = await withdraw_lapsed(conn, space_id, reservation_id, self._patience)
            rows = [(message, Lane.LIVE) for message in messages]
            await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            if rows:
                log.info("proposal.lapsed", space_id=str(space_id), reservation_id=str(reservation_id))
