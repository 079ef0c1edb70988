"""Messages put on the bus of a running system, as a service does."""

from uuid import uuid4

import aio_pika

from deploy.local.stack import LocalStack
from libs.common import outbox
from libs.common.bus.declare import Names
from libs.common.bus.port import Envelope
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.bus.wire import to_wire
from libs.common.clock import utc_now
from libs.common.codec import BusMessage
from libs.common.db import open_pool
from libs.common.settings import Settings
from libs.common.topology import Lane, QueueName
from services.bus import codec


async def put_on_the_bus(stack: LocalStack, message: BusMessage) -> None:
    """Publish a message as a service does: to the broker, or in one process by way of a service's outbox."""
    ours = codec(Settings())
    if stack.servers.amqp_url is not None:
        async with open_rabbitmq(stack.servers.amqp_url, ours.topology) as bus:
            envelope = ours.envelope(
                message, message_id=uuid4(), correlation_id="test", lane=Lane.LIVE, sent_at=utc_now()
            )
            await bus.publish([envelope])
        return
    pool = await open_pool(stack.servers.postgres_url, schema="policy")
    try:
        async with pool.acquire() as conn, conn.transaction():
            await outbox.add(conn, ours, [(message, Lane.LIVE)], correlation_id="test", now=utc_now())
    finally:
        await pool.close()


async def park(stack: LocalStack, parked: Envelope, queue: QueueName, reason: str) -> None:
    """Put a message among the parked ones of a system on RabbitMQ, as if it could not be handled from its queue."""
    assert stack.servers.amqp_url is not None
    async with await aio_pika.connect(stack.servers.amqp_url) as connection:
        channel = await connection.channel()
        message = to_wire(parked, reason=reason, queue=str(queue))
        await channel.default_exchange.publish(message, Names(Settings().bus_namespace).parked)
