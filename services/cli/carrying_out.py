"""Carry out a command of policy in the operator's name, in one transaction, as the API does.

What follows from it goes to the outbox, and a running policy service sends it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import uuid4

import asyncpg
import typer

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.correlation import correlated
from libs.common.db import Connection, Pool
from libs.common.topology import Lane
from libs.common.wrong_settings import read_settings
from libs.contracts.message import Message
from services.bus import codec
from services.cli.database import with_the_database
from services.policy.commands.apply import Patience
from services.policy.commands.refusals import REFUSED, Refusal, refuse
from services.policy.settings import PatienceSettings
from services.policy.store.constraints import Violation, transaction

Done = TypeVar("Done")

TRIES = 3

_TRY_AGAIN = (Violation, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


def carry_out(command: Callable[[Connection, Patience], Awaitable[tuple[Done, Sequence[Message]]]]) -> Done:
    """Return what the command did. End this one with a sentence if it was refused; a lost race is run again."""
    settings = read_settings(PatienceSettings, "postgres_url")

    async def once(pool: Pool) -> Done:
        with correlated(str(uuid4())) as correlation_id:
            async with pool.acquire() as conn, transaction(conn):
                done, messages = await command(conn, settings.patience)
                rows = [(message, Lane.LIVE) for message in messages]
                await outbox.add(conn, codec(settings), rows, correlation_id=correlation_id, now=utc_now())
                return done

    async def work(pool: Pool) -> Done | Refusal:
        for remaining in reversed(range(TRIES)):
            try:
                return await once(pool)
            except REFUSED as error:
                return refuse(error)
            except _TRY_AGAIN:
                if not remaining:
                    raise
        raise AssertionError("the last try returns or raises")

    return or_end(with_the_database("policy", work))


def or_end(found: Done | Refusal) -> Done:
    """Return what was found or done; end the command with the sentence if that was refused."""
    if isinstance(found, Refusal):
        typer.echo(found.detail, err=True)
        raise typer.Exit(1)
    return found
