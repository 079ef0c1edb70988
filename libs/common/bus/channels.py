"""Channels that end with their connection.

Connections are robust: aio-pika reconnects them. Its robust channels are not used: they restore declarations and
consumers one after the other without a time limit, so one queue whose leader is not back yet keeps all others waiting.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika import Channel
from aio_pika.abc import AbstractChannel, AbstractConnection

from libs.common.bus.lost import broker_needed, ends_in_time

OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 2.0


async def open_channel(connection: AbstractConnection, *, confirms: bool = False) -> AbstractChannel:
    """Open a channel; raises `BrokerUnavailable` while the connection is lost."""
    with broker_needed("no channel to the broker could be opened"):
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            channel = Channel(connection, publisher_confirms=confirms, on_return_raises=confirms)
            await channel.initialize()
            return channel


async def close_channel(channel: AbstractChannel) -> bool:
    """Close a channel; False if the broker did not answer."""
    return channel.is_closed or await ends_in_time(channel.close, CLOSE_TIMEOUT_S)


@asynccontextmanager
async def temporary_channel(
    connection: AbstractConnection, *, confirms: bool = False
) -> AsyncIterator[AbstractChannel]:
    """Open a channel for one piece of work."""
    channel = await open_channel(connection, confirms=confirms)
    try:
        yield channel
    finally:
        await close_channel(channel)
