"""Replies on RabbitMQ: an address is a queue that exists as long as its opener.

Only the connection that opened it may read from it, and the broker deletes it when that connection ends.

Source: https://www.rabbitmq.com/docs/queues#exclusive-queues
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from libs.common.bus.channels import OPEN_TIMEOUT_S, temporary_channel
from libs.common.bus.lost import broker_needed
from libs.common.bus.port import ReplyAddress
from libs.common.bus.wire import from_wire


@asynccontextmanager
async def open_reply_queue(connection: AbstractConnection) -> AsyncIterator[ReplyAddress]:
    """Open a queue for replies and read from it. Raises `BrokerUnavailable`."""
    async with temporary_channel(connection) as channel:
        with broker_needed("no address for replies could be opened"):
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                queue = await channel.declare_queue(exclusive=True, auto_delete=True)
                asker = ReplyAddress(queue.name)

                async def take(message: AbstractIncomingMessage) -> None:
                    asker.take(from_wire(message))

                wire = await channel.get_underlay_channel()
                wire.closing.add_done_callback(lambda _: asker.lose())
                wire.on_consumer_cancel_callbacks.add(lambda _: asker.lose())
                await queue.consume(take, no_ack=True)
        yield asker
