"""Have people mailed about questions to administrators, when their mails are due.

The mails are rows, so a restart forgets none, and any number of replicas may look: each mail is asked for once, in the
transaction that notes it.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.correlation import correlated
from libs.common.db import AWAY, Connection, Pool
from libs.common.every import every
from libs.common.topology import Lane
from services.policy.commands.question_mails import request_mails
from services.policy.core.links import LinkSigner
from services.policy.store import question_mails

LOOK_EVERY_S = 0.5
AT_MOST = 100
PUT_OFF = timedelta(minutes=1)
"""For how long mails are put off that could not be written, so that they keep no others from being sent."""

log = structlog.get_logger()


class QuestionMailLoop:
    """Look all the time for mails that are due; with `links`, each has one to the page where it is decided."""

    def __init__(self, pool: Pool, codec: Codec, links: LinkSigner | None) -> None:
        self._pool = pool
        self._codec = codec
        self._links = links

    async def run(self) -> None:
        """Do so until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="question mails")

    async def once(self) -> None:
        """Ask for what is due now, for each question in a transaction of its own."""
        async with self._pool.acquire() as conn:
            for approval_id in await question_mails.due(conn, AT_MOST):
                try:
                    async with conn.transaction():
                        await self._request(conn, approval_id)
                except AWAY:
                    raise
                except Exception:  # an error with one question must not keep the others from being mailed about
                    log.exception("question.not_mailed", approval_id=str(approval_id))
                    await question_mails.put_off(conn, approval_id, PUT_OFF)

    async def _request(self, conn: Connection, approval_id: UUID) -> None:
        with correlated(f"mail-{uuid4()}") as correlation_id:
            rows = [(message, Lane.LIVE) for message in await request_mails(conn, approval_id, self._links)]
            await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            if rows:
                log.info("question.mailed", approval_id=str(approval_id), mails=len(rows))
