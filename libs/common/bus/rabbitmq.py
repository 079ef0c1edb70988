"""The bus on RabbitMQ, 3.10 or newer, without plugins.

Publishing and consuming use connections of their own, so that a broker that blocks publishers still delivers. Consumer
queues are quorum queues with a single active consumer; the ladder is one quorum queue per delay, whose messages come
back to the very queue they left when their time is up; what is parked waits in one durable queue. Work is always
rejected, never nacked: from RabbitMQ 4.3 on only a rejection counts towards the delivery limit.

Source: https://www.rabbitmq.com/docs/quorum-queues, https://www.rabbitmq.com/docs/dlx
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractRobustConnection
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError, PublishError
from pamqp.common import FieldTable

from libs.common.bus.declare import Names, declare
from libs.common.bus.port import BrokerUnavailable, Envelope, Handler, Parked, Unroutable
from libs.common.bus.queue_reader import QueueReader
from libs.common.bus.wire import from_wire, parked_from_wire, to_wire
from libs.common.topology import QueueName, Topology, routing_key

CONFIRM_TIMEOUT_S = 5.0
HEARTBEAT_S = 10
LOST = (AMQPError, ChannelInvalidStateError, ConnectionError, TimeoutError, RuntimeError)

log = structlog.get_logger()


class RabbitBus:
    """See `libs.common.bus.port.Bus`."""

    def __init__(
        self, topology: Topology, publishing: AbstractRobustConnection, consuming: AbstractRobustConnection
    ) -> None:
        self._topology = topology
        self._names = Names(topology.namespace)
        self._publishing = publishing
        self._consuming = consuming
        self._channel: AbstractChannel
        self._exchange: AbstractExchange

    async def open(self) -> None:
        """Declare the topology, which is harmless to repeat, and get ready to publish."""
        self._channel = await self._publishing.channel(publisher_confirms=True, on_return_raises=True)
        await declare(self._channel, self._topology)
        self._exchange = await self._channel.get_exchange(self._names.exchange, ensure=False)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        results = await asyncio.gather(
            *(
                self._send(
                    self._exchange,
                    to_wire(envelope),
                    routing_key(envelope.type, envelope.lane, envelope.shard),
                    mandatory=not envelope.is_open,
                )
                for envelope in envelopes
            ),
            return_exceptions=True,
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        for failure in sorted(failures, key=lambda each: isinstance(each, Unroutable)):
            raise failure

    async def _send(
        self, exchange: AbstractExchange, message: aio_pika.Message, key: str, *, mandatory: bool = True
    ) -> None:
        """Publish one message and wait for its confirm.

        When the broker stalls, aio-pika 10 raises `CancelledError` although nobody cancelled; it is told apart from a
        real one by the task's own count of cancellations.
        """
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        try:
            await exchange.publish(message, routing_key=key, mandatory=mandatory, timeout=CONFIRM_TIMEOUT_S)
        except asyncio.CancelledError:
            if task and task.cancelling() > before:
                raise
            raise BrokerUnavailable("the connection was lost while waiting for the broker to confirm") from None
        except PublishError as error:
            raise Unroutable(f"no queue takes {key!r} on exchange {exchange.name!r}") from error
        except DeliveryError as error:
            raise BrokerUnavailable(f"the broker refused {key!r}") from error
        except LOST as error:
            raise BrokerUnavailable(f"the broker did not confirm {key!r}: {type(error).__name__}") from error

    @asynccontextmanager
    async def consume(self, queue: QueueName, handler: Handler, *, at_most: int = 20) -> AsyncIterator[None]:
        channel = await self._consuming.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=at_most)
        source = await channel.get_queue(self._names.queue(queue), ensure=False)
        reader = QueueReader(handler, at_most, on_retry=self._climb, on_park=self._put_aside, queue=source.name)
        tag = await source.consume(reader.take)
        worker = asyncio.create_task(reader.run(), name=f"consume {queue}")
        try:
            yield
        finally:
            with contextlib.suppress(*LOST):
                await source.cancel(tag, timeout=2)
            await reader.finish(worker)
            with contextlib.suppress(*LOST):
                await asyncio.wait_for(channel.close(), 2)

    async def _climb(self, envelope: Envelope, queue: str, reason: str) -> None:
        rung = envelope.attempt
        if rung >= len(self._topology.ladder):
            await self._put_aside(envelope, queue, reason)
            return
        ladder = await self._channel.get_exchange(self._names.rung(rung), ensure=False)
        await self._send(ladder, to_wire(envelope, attempt=rung + 1, reason=reason), queue)

    async def _put_aside(self, envelope: Envelope, queue: str, reason: str) -> None:
        message = to_wire(envelope, reason=reason, queue=queue)
        await self._send(self._channel.default_exchange, message, self._names.parked)

    async def parked(self, *, at_most: int = 100) -> Sequence[Parked]:
        async with self._parked_messages(at_most) as messages:
            return [parked_from_wire(message) for message in messages]

    async def replay_parked(self, message_id: UUID) -> bool:
        async with self._parked_messages(None) as messages:
            for message in messages:
                found = parked_from_wire(message)
                if found.envelope.message_id == message_id:
                    again = to_wire(from_wire(message), attempt=0)
                    await self._send(self._channel.default_exchange, again, found.queue)
                    await message.ack()
                    return True
        return False

    async def drop_parked(self, message_id: UUID) -> bool:
        async with self._parked_messages(None) as messages:
            for message in messages:
                if message.message_id == str(message_id):
                    await message.ack()
                    return True
        return False

    @asynccontextmanager
    async def _parked_messages(self, at_most: int | None) -> AsyncIterator[list[aio_pika.abc.AbstractIncomingMessage]]:
        """Take parked messages; those not acknowledged inside the context go back where they were."""
        channel = await self._consuming.channel(publisher_confirms=False)
        try:
            queue = await channel.get_queue(self._names.parked, ensure=False)
            messages: list[aio_pika.abc.AbstractIncomingMessage] = []
            while at_most is None or len(messages) < at_most:
                message = await queue.get(fail=False, timeout=CONFIRM_TIMEOUT_S)
                if message is None:
                    break
                messages.append(message)
            yield messages
        finally:
            await channel.close()


@asynccontextmanager
async def open_rabbitmq(url: str, topology: Topology) -> AsyncIterator[RabbitBus]:
    """Connect to the broker, declare the topology, and close both connections at the end, even from a dead broker.

    Raises `BrokerUnavailable` if the broker is not there.
    """
    connections: list[AbstractRobustConnection] = []
    try:
        for purpose in ("publish", "consume"):
            properties: FieldTable = {"connection_name": f"roomsync {purpose}"}
            connections.append(
                await aio_pika.connect_robust(
                    url, timeout=10, heartbeat=HEARTBEAT_S, client_properties=properties, reconnect_interval=0.5
                )
            )
        bus = RabbitBus(topology, *connections)
        await bus.open()
    except LOST as error:
        await _close(connections)
        raise BrokerUnavailable(f"the broker cannot be reached: {type(error).__name__}") from error
    try:
        yield bus
    finally:
        await _close(connections)


async def _close(connections: Sequence[AbstractRobustConnection]) -> None:
    for connection in connections:
        with contextlib.suppress(*LOST, asyncio.CancelledError):
            await asyncio.wait_for(connection.close(), 3)
