"""Offer time that is free to those who wait for it, and end what waits for nothing any more.

Whether a time is free is looked up, whatever freed it, and offers and deadlines are rows: a restart forgets none, and
any number of replicas may look, as each request is decided under the locks of its space.
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
from services.policy.commands.unknown import UnknownWaitingRequest
from services.policy.commands.waiting_list import LOOK_AGAIN_AFTER, advance
from services.policy.store import waiting_requests

LOOK_EVERY_S = 1.0
AT_MOST = 200

log = structlog.get_logger()


class WaitingListLoop:
    """Look every second for requests whose time is free, or that have come to their end."""

    def __init__(self, pool: Pool, codec: Codec, patience: Patience) -> None:
        self._pool = pool
        self._codec = codec
        self._patience = patience

    async def run(self) -> None:
        """Do so until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="waiting lists")

    async def once(self) -> None:
        """Do what is due now in the order of asking, for each request in a transaction of its own."""
        async with self._pool.acquire() as conn:
            await waiting_requests.withdraw_of_deleted_spaces(conn)
            for request_id in await waiting_requests.due(conn, AT_MOST):
                try:
                    async with conn.transaction():
                        await self._advance(conn, request_id)
                except AWAY:
                    raise
                except UnknownWaitingRequest:  # deleted meanwhile, with its space
                    continue
                except Exception:  # an error with one request must not keep the others from being offered theirs
                    log.exception("waiting_request.not_advanced", waiting_request_id=str(request_id))
                    await waiting_requests.postpone(conn, request_id, LOOK_AGAIN_AFTER)

    async def _advance(self, conn: Connection, request_id: UUID) -> None:
        with correlated(f"waiting-list-{uuid4()}") as correlation_id:
            rows = [(message, Lane.LIVE) for message in await advance(conn, request_id, self._patience)]
            await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            if rows:
                log.info("waiting_request.advanced", waiting_request_id=str(request_id))
