"""The bus on RabbitMQ, 3.10 or newer, without plugins.

Publishing and consuming use separate connections, so that a broker that blocks publishers still delivers. Consumer
queues are quorum queues with a single active consumer. The ladder is one quorum queue per delay, whose messages return
to the queue they left when the delay is over. Parked messages wait in one durable queue. Deliveries are always
rejected, never nacked: from RabbitMQ 4.3 on only a rejection counts towards the delivery limit.

A lost connection is restored by itself, with its consumers.

Source: https://www.rabbitmq.com/docs/quorum-queues, https://www.rabbitmq.com/docs/dlx
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, suppress
from typing import TypeVar
from urllib.parse import urlsplit

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractRobustConnection
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError, PublishError

from libs.common.bus.channels import CLOSE_TIMEOUT_S, open_channel, temporary_channel
from libs.common.bus.connect import connect
from libs.common.bus.declare import Names, declare
from libs.common.bus.lost import broker_needed, ends_in_time
from libs.common.bus.one_at_a_time import one_at_a_time
from libs.common.bus.port import (
    BrokerUnavailable,
    BusError,
    Consumption,
    Envelope,
    Gathering,
    Handler,
    Parked,
    ReplyAddress,
    Retried,
    Unroutable,
)
from libs.common.bus.queue_feed import QueueFeed
from libs.common.bus.queue_reader import QueueReader, WaysOut
from libs.common.bus.replies import open_reply_queue
from libs.common.bus.wire import parked_from_wire, to_wire
from libs.common.together import together
from libs.common.topology import QueueName, Topology, routing_key

DEFAULT_EXCHANGE = ""
"""The exchange that routes a message to the queue that its routing key names."""

Counted = TypeVar("Counted")

CONFIRM_TIMEOUT_S = 5.0
CHECK_TIMEOUT_S = 2.0
DECLARE_TIMEOUT_S = 30.0

log = structlog.get_logger()


class _ExchangeGone(BrokerUnavailable):
    """Somebody deleted an exchange that we had declared: declare it again, then publish again."""


class NotDeclared(BusError):
    """A virtual host has none of our queues: it is another one than the services use, or none has started yet."""


class _Refused(BrokerUnavailable):
    """The broker refused a message for a queue, which is full or not healthy."""


class RabbitBus:
    """See `libs.common.bus.port.Bus`."""

    def __init__(
        self, topology: Topology, publishing: AbstractRobustConnection, consuming: AbstractRobustConnection
    ) -> None:
        self._topology = topology
        self._names = Names(topology.namespace)
        self._publishing = publishing
        self._consuming = consuming
        self._opening = asyncio.Lock()
        self._looking_at_parked = asyncio.Lock()
        self._is_stalled = False
        self._channel: AbstractChannel

    async def open(self) -> None:
        """Declare the topology, which is harmless to repeat, and open the channel to publish on."""
        await self._declare()
        self._channel = await open_channel(self._publishing, confirms=True)

    async def open_declared(self) -> None:
        """Open the channel to publish on. Raises `NotDeclared` if the queue of parked messages does not exist."""
        async with temporary_channel(self._publishing) as channel:
            try:
                async with asyncio.timeout(DECLARE_TIMEOUT_S):
                    await channel.declare_queue(self._names.parked, passive=True)
            except ChannelNotFoundEntity as error:
                raise NotDeclared(self._names.parked) from error
        self._channel = await open_channel(self._publishing, confirms=True)

    async def _declare(self) -> None:
        async with temporary_channel(self._publishing) as channel:
            with broker_needed("the topology cannot be declared"):
                async with asyncio.timeout(DECLARE_TIMEOUT_S):
                    await declare(channel, self._topology)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        results = await asyncio.gather(*(self._publish(each) for each in envelopes), return_exceptions=True)
        unroutable = [each for each, result in zip(envelopes, results, strict=True) if isinstance(result, Unroutable)]
        failures = [each for each in results if isinstance(each, BaseException) and not isinstance(each, Unroutable)]
        if any(isinstance(each, _ExchangeGone) for each in failures):
            await self._declare()
        for failure in failures:
            raise failure
        if unroutable:
            raise Unroutable.of(unroutable)

    async def _publish(self, envelope: Envelope) -> None:
        if envelope.address is not None:
            await self._answer(envelope, envelope.address)
            return
        key = routing_key(envelope.type, envelope.lane, envelope.shard)
        await self._send(self._names.exchange, to_wire(envelope), key, mandatory=not envelope.is_open)

    async def _answer(self, reply: Envelope, address: str) -> None:
        """Send a reply to its address; drop it if the address does not exist, or is a queue of our topology."""
        try:
            if address.startswith(self._names.prefix):
                raise Unroutable(f"{address!r} is a queue of ours")
            await self._send(DEFAULT_EXCHANGE, to_wire(reply), address)
        except (Unroutable, _Refused) as error:
            log.info("reply.dropped", message_type=reply.type, correlation_id=reply.correlation_id, reason=str(error))

    async def _send(self, exchange: str, message: aio_pika.Message, key: str, *, mandatory: bool = True) -> None:
        """Publish one message and wait until the broker confirms it."""
        with broker_needed(f"the broker did not confirm {key!r}"):
            try:
                async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                    channel = await self._open_channel()
                    through = await channel.get_exchange(exchange, ensure=False)
                    await through.publish(message, routing_key=key, mandatory=mandatory)
            except PublishError as error:
                raise Unroutable(f"no queue takes {key!r} on exchange {exchange!r}") from error
            except DeliveryError as error:
                raise _Refused(f"the broker refused {key!r}") from error
            except ChannelNotFoundEntity as error:
                raise _ExchangeGone(f"the exchange {exchange!r} is not there") from error

    async def _open_channel(self) -> AbstractChannel:
        """Return the channel to publish on; open a new one if the last was lost."""
        if self._channel.is_closed:
            async with self._opening:
                if self._channel.is_closed:
                    self._channel = await open_channel(self._publishing, confirms=True)
        return self._channel

    @asynccontextmanager
    async def consume(
        self, queue: QueueName, handler: Handler, *, at_most: int = 20, gathering: Gathering | None = None
    ) -> AsyncIterator[Consumption]:
        name = self._names.queue(queue)
        ways = WaysOut(on_retry=self._climb, on_park=self._park, on_renew=self._renew)
        reader = QueueReader(handler, at_most, ways, queue=name, gathering=gathering)
        feed = QueueFeed(self._consuming, name, reader, at_most=at_most, declare=self._declare)
        await feed.open()
        keeper = asyncio.create_task(feed.keep(), name=f"keep {queue}")
        worker = asyncio.create_task(reader.run(), name=f"consume {queue}")
        try:
            yield Consumption(
                worker, keeper, in_hand=lambda: reader.in_hand, is_interrupted=lambda: not feed.is_receiving
            )
        finally:
            # The consumer is not cancelled first: the next consumer would get later messages before those that we have
            # fetched. Closing the channel puts all of these back at their places at once.
            try:
                await reader.finish(worker)
            finally:
                keeper.cancel()
                await asyncio.wait({keeper})
                if not self._is_stalled:  # wait for a stalled broker once, not once per queue
                    self._is_stalled = not await feed.close()

    def open_reply_address(self) -> AbstractAsyncContextManager[ReplyAddress]:
        return open_reply_queue(self._consuming)

    async def check(self) -> None:
        for connection in (self._publishing, self._consuming):
            with broker_needed("the broker does not answer"):
                async with asyncio.timeout(CHECK_TIMEOUT_S), temporary_channel(connection):
                    pass

    async def _climb(self, envelope: Envelope, queue: str, reason: str) -> Retried:
        rung = envelope.attempt
        if rung >= len(self._topology.ladder):
            return await self._park(envelope, queue, reason)
        await self._send_on(self._names.rung(rung), to_wire(envelope, attempt=rung + 1, reason=reason), queue)
        return "retried"

    async def _park(self, envelope: Envelope, queue: str, reason: str) -> Retried:
        await self._send_on(DEFAULT_EXCHANGE, to_wire(envelope, reason=reason, queue=queue), self._names.parked)
        return "parked"

    async def _renew(self, envelope: Envelope, queue: str, reason: str) -> Retried:
        await self._send_on(DEFAULT_EXCHANGE, to_wire(envelope, reason=reason), queue)
        return "returned"

    async def _send_on(self, exchange: str, message: aio_pika.Message, key: str) -> None:
        """Send to a queue that we declared; if somebody has deleted it, declare it again."""
        try:
            await self._send(exchange, message, key)
        except (Unroutable, _ExchangeGone):
            await self._declare()
            await self._send(exchange, message, key)

    async def depths(self, queues: Sequence[QueueName]) -> Mapping[QueueName, int]:
        return await self._count({queue: self._names.queue(queue) for queue in queues})

    async def count_parked(self) -> int:
        return (await self._count({None: self._names.parked}))[None]

    async def _count(self, names: Mapping[Counted, str]) -> dict[Counted, int]:
        """Count the messages that wait in these queues, without taking any. Raises `BrokerUnavailable`."""
        counted: dict[Counted, int] = {}
        async with temporary_channel(self._consuming) as channel:
            with broker_needed("the queues cannot be measured"):
                async with asyncio.timeout(DECLARE_TIMEOUT_S):
                    for key, name in names.items():
                        found = await channel.declare_queue(name, passive=True)
                        counted[key] = found.declaration_result.message_count or 0
        return counted

    async def parked(self, *, at_most: int = 100) -> Sequence[Parked]:
        async with self._parked_messages(at_most) as messages:
            return [self._parked_from(message) for message in messages]

    async def replay_parked(self, is_wanted: Callable[[Parked], bool]) -> Sequence[Parked]:
        replayed: list[Parked] = []
        async with self._wanted_of_parked(is_wanted) as wanted:
            for found, message in wanted:
                again = to_wire(found.envelope, attempt=0)
                with suppress(Unroutable):
                    await self._send(DEFAULT_EXCHANGE, again, f"{self._names.prefix}{found.queue}")
                    await self._forget(message)
                    replayed.append(found)
        return replayed

    async def drop_parked(self, is_wanted: Callable[[Parked], bool]) -> Sequence[Parked]:
        async with self._wanted_of_parked(is_wanted) as wanted:
            for _, message in wanted:
                await self._forget(message)
        return [found for found, _ in wanted]

    async def _forget(self, message: AbstractIncomingMessage) -> None:
        with broker_needed("a parked message cannot be taken away"):
            await message.ack()

    @asynccontextmanager
    async def _wanted_of_parked(
        self, is_wanted: Callable[[Parked], bool]
    ) -> AsyncIterator[list[tuple[Parked, AbstractIncomingMessage]]]:
        async with self._parked_messages(None) as messages:
            found = [(self._parked_from(each), each) for each in messages]
            yield [(parked, message) for parked, message in found if is_wanted(parked)]

    def _parked_from(self, message: AbstractIncomingMessage) -> Parked:
        return parked_from_wire(message, prefix=self._names.prefix)

    @asynccontextmanager
    async def _parked_messages(self, at_most: int | None) -> AsyncIterator[list[AbstractIncomingMessage]]:
        """Take parked messages; those that are not acknowledged in the context return to their places.

        One caller does this at a time, of all processes: a second one would not see the messages that the first has
        taken. The channel is closed, which returns them, before the next one begins.
        """
        async with (
            self._looking_at_parked,
            one_at_a_time(self._consuming, self._names.looking),
            temporary_channel(self._consuming) as channel,
        ):
            with broker_needed("the parked messages cannot be read"):
                messages = await self._take_parked(channel, at_most)
            yield messages

    async def _take_parked(self, channel: AbstractChannel, at_most: int | None) -> list[AbstractIncomingMessage]:
        queue = await channel.get_queue(self._names.parked, ensure=False)
        messages: list[AbstractIncomingMessage] = []
        while at_most is None or len(messages) < at_most:
            message = await queue.get(fail=False, timeout=CONFIRM_TIMEOUT_S)
            if message is None:
                break
            messages.append(message)
        return messages


@asynccontextmanager
async def open_rabbitmq(url: str, topology: Topology) -> AsyncIterator[RabbitBus]:
    """Connect to the broker, declare the topology, and close both connections at the end, even if the broker is dead.

    Raises `BrokerUnavailable` if the broker is not there, refuses our login, or has a different topology.
    """
    async with _connected(url, topology) as bus:
        with _named(url):
            await bus.open()
        yield bus


@asynccontextmanager
async def open_declared_rabbitmq(url: str, topology: Topology) -> AsyncIterator[RabbitBus]:
    """Open the bus where services have declared it, for whoever only looks or tidies up; declare nothing.

    Raises `NotDeclared` if the topology is not on this broker, and else what `open_rabbitmq` raises.
    """
    async with _connected(url, topology) as bus:
        with _named(url):
            await bus.open_declared()
        yield bus


def _named(url: str) -> AbstractContextManager[None]:
    parts = urlsplit(url)
    return broker_needed(f"RabbitMQ at {parts.hostname}:{parts.port or 5672} cannot be used")


@asynccontextmanager
async def _connected(url: str, topology: Topology) -> AsyncIterator[RabbitBus]:
    connections: list[AbstractRobustConnection] = []
    try:
        with _named(url):
            for purpose in ("publish", "consume"):
                connections.append(await connect(url, purpose))  # noqa: PERF401 - the first is closed if the second fails
        yield RabbitBus(topology, *connections)
    finally:
        await together(ends_in_time(connection.close, CLOSE_TIMEOUT_S) for connection in connections)
