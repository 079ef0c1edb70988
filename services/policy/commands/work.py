"""Run what somebody asks for and waits for: in one transaction, done whole or not at all.

Shared by the API and the console, each of which puts what can go wrong into words for its own audience.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import asyncpg

from libs.common import outbox
from libs.common.codec import Codec
from libs.common.db import AWAY, Connection, Pool, begin_within
from libs.contracts.message import Message
from services.policy.commands.apply import Patience
from services.policy.commands.lanes import lanes_of_request
from services.policy.store.constraints import Violation, transaction

Result = TypeVar("Result")

TRIES = 3
RETRY_AFTER_S = 5
"""When to try again what could not be done because the database is away."""

_TRY_AGAIN = (Violation, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class OutcomeUnknown(Exception):
    """The database went away as the transaction was to be committed. Look what is there before you try again."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What every route needs.

    `patience` says how long Outlook may take to show an intent, `database_within_s` how long the database may take to
    begin a transaction.
    """

    pool: Pool
    codec: Codec
    clock: Callable[[], datetime]
    patience: Patience
    database_within_s: float

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Open one consistent view of the ledger, which cannot be changed through it."""
        async with begin_within(self.pool, self.database_within_s, _view) as conn:
            yield conn

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Connection]:
        """Open a transaction, which is committed at the end. Raises `OutcomeUnknown` if nobody knows whether it was."""
        is_done = False
        try:
            async with begin_within(self.pool, self.database_within_s, transaction) as conn:
                yield conn
                is_done = True
        except AWAY as error:
            if is_done:
                raise OutcomeUnknown("the database went away during a commit") from error
            raise


def _view(conn: Connection) -> AbstractAsyncContextManager[object]:
    return conn.transaction(isolation="repeatable_read", readonly=True)


async def run(context: RequestContext, work: Callable[[Connection], Awaitable[Result]]) -> Result:
    """Do the work in one transaction, and return what it returns. Raises `OutcomeUnknown`.

    Work that lost a race against another transaction is done again on what that transaction left behind.
    """
    for _ in range(TRIES - 1):
        with suppress(*_TRY_AGAIN):
            async with context.working() as conn:
                return await work(conn)
    async with context.working() as conn:
        return await work(conn)


async def send(conn: Connection, context: RequestContext, messages: Sequence[Message], correlation_id: str) -> None:
    """Have messages sent once the transaction of `conn` is committed."""
    lanes = lanes_of_request(messages)
    await outbox.add(conn, context.codec, lanes, correlation_id=correlation_id, now=context.clock())
