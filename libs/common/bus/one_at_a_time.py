"""Work that only one process at a time may do on a broker: whoever else wants to do it waits.

The lock is an exclusive queue, which the broker gives to one connection alone and deletes when that connection ends, so
nobody holds it who is gone. Connections of one process are alike to it: tasks of one process need a lock of their own.

Source: https://www.rabbitmq.com/docs/queues#exclusive-queues
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelLockedResource

from libs.common.bus.channels import OPEN_TIMEOUT_S, temporary_channel
from libs.common.bus.lost import broker_needed
from libs.common.bus.port import BrokerUnavailable

WAITS_FOR_S = 20.0
PAUSE_S = 0.05
EXPIRES_AFTER = timedelta(minutes=1)
"""How long the lock outlives a holder whose connection lives on, but which could not release it."""


@asynccontextmanager
async def one_at_a_time(connection: AbstractConnection, lock: str) -> AsyncIterator[None]:
    """Hold the lock while the context is open. Raises `BrokerUnavailable` if others hold it for `WAITS_FOR_S`."""
    with broker_needed(f"others hold {lock!r}, or the broker does not answer"):
        async with asyncio.timeout(WAITS_FOR_S):
            await _acquire(connection, lock)
    try:
        yield
    finally:
        with suppress(BrokerUnavailable):
            await _release(connection, lock)


async def _acquire(connection: AbstractConnection, lock: str) -> None:
    while True:
        if await _is_acquired(connection, lock):
            return
        await asyncio.sleep(PAUSE_S)


async def _is_acquired(connection: AbstractConnection, lock: str) -> bool:
    expires_ms = int(EXPIRES_AFTER.total_seconds() * 1000)
    async with temporary_channel(connection) as channel:
        try:
            await channel.declare_queue(lock, exclusive=True, arguments={"x-expires": expires_ms})
        except ChannelLockedResource:
            return False
    return True


async def _release(connection: AbstractConnection, lock: str) -> None:
    async with temporary_channel(connection) as channel:
        with broker_needed(f"{lock!r} cannot be released"):
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await channel.queue_delete(lock)
