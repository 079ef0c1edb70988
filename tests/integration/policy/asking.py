"""Ask a command for something within a transaction, as any caller of it does."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from libs.common.db import Connection
from services.policy.commands.command_error import CommandError
from tests.integration.policy.ledger import Ledger

T = TypeVar("T")
Error = TypeVar("Error", bound=CommandError)


async def granted(ledger: Ledger, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do the work and commit it; return what came of it."""
    async with ledger.pool.acquire() as conn, conn.transaction():
        return await work(conn)


async def refused(ledger: Ledger, kind: type[Error], work: Callable[[Connection], Awaitable[object]]) -> Error:
    """Do the work, which raises an error of that kind and is undone; return the error."""
    async with ledger.pool.acquire() as conn:
        with pytest.raises(kind) as raised:
            async with conn.transaction():
                await work(conn)
    return raised.value
