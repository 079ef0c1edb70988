"""Have happen what is to happen at the deadlines of questions to administrators.

The deadlines are rows, so a restart forgets none, and any number of replicas may look: each question is decided under
the locks of its space, once.
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
from services.policy.commands.questions import expire_question
from services.policy.store import questions

LOOK_EVERY_S = 5.0
AT_MOST = 200

log = structlog.get_logger()


class QuestionLoop:
    """Look every few seconds for questions that are due."""

    def __init__(self, pool: Pool, codec: Codec, patience: Patience) -> None:
        self._pool = pool
        self._codec = codec
        self._patience = patience

    async def run(self) -> None:
        """Do so until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="questions")

    async def once(self) -> None:
        """Do what is due now, for each question in a transaction of its own."""
        async with self._pool.acquire() as conn:
            for question_id in await questions.due(conn, AT_MOST):
                try:
                    async with conn.transaction():
                        await self._expire(conn, question_id)
                except AWAY:
                    raise
                except Exception:  # an error with one question must not keep the others from being decided
                    log.exception("question.not_expired", approval_id=str(question_id))

    async def _expire(self, conn: Connection, question_id: UUID) -> None:
        with correlated(f"deadline-{uuid4()}") as correlation_id:
            rows = [(message, Lane.LIVE) for message in await expire_question(conn, question_id, self._patience)]
            await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
            if rows:
                log.info("question.expired", approval_id=str(question_id))
