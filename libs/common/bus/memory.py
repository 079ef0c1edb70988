"""The bus inside one process: for embedded mode and for tests.

It keeps the same promises as RabbitMQ. A message is confirmed once the journal has it, and the journal keeps it until
it is acknowledged; with a `PostgresJournal` a crash therefore loses nothing. `open` delivers what an earlier process
left.

The end of a delivery may be missing from the journal: the message is then delivered again after a crash. So while the
journal is away, only publishing stops.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import asyncpg
import structlog

from libs.common.bus.batch import handle_batch, wait_for_others
from libs.common.bus.journal import Journal, NoJournal
from libs.common.bus.port import (
    BrokerUnavailable,
    Consumption,
    Envelope,
    Gathering,
    Handler,
    Parked,
    ReplyAddress,
    Retried,
    Unroutable,
)
from libs.common.clock import utc_now
from libs.common.db import AWAY
from libs.common.topology import Lane, QueueName, Topology

JOURNAL_ERRORS: tuple[type[Exception], ...] = (*AWAY, asyncpg.PostgresError)

log = structlog.get_logger()


class MemoryBus:
    """See `libs.common.bus.port.Bus`."""

    def __init__(self, topology: Topology, journal: Journal | None = None) -> None:
        self._topology = topology
        self._journal = journal or NoJournal()
        self._queues: dict[str, _Queue] = {}
        self._askers: dict[str, ReplyAddress] = {}
        self._parked: list[Parked] = []
        self._waiting: set[asyncio.TimerHandle] = set()
        for consumer in topology.consumers:
            for queue in topology.queues_of(consumer.name):
                self._queues[str(queue)] = _Queue()

    async def open(self) -> None:
        """Put the messages of the journal back into their queues."""
        waiting, parked = await self._journal.load()
        self._parked.extend(parked)
        for queue, envelope in waiting:
            if queue in self._queues:
                self._queues[queue].put(envelope)
            else:
                log.error("bus.queue_unknown", queue=queue, message_id=str(envelope.message_id))

    def close(self) -> None:
        """Cancel the timers of the ladder; the journal still has their messages."""
        for timer in self._waiting:
            timer.cancel()
        self._waiting.clear()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        deliveries = [(queue, envelope) for envelope in envelopes for queue in self._route(envelope)]
        try:
            if deliveries:
                await self._journal.add(deliveries)
        except JOURNAL_ERRORS as error:
            raise BrokerUnavailable(f"the journal did not confirm: {type(error).__name__}") from error
        for queue, envelope in deliveries:
            self._queues[queue].put(envelope)
        self._answer([each for each in envelopes if each.address is not None])
        unroutable = [each for each in envelopes if not (each.is_open or each.address or self._route(each))]
        if unroutable:
            raise Unroutable.of(unroutable)

    def _route(self, envelope: Envelope) -> list[str]:
        if envelope.address is not None:
            return []
        found = []
        for consumer in self._topology.consumers:
            if envelope.type in consumer.listens_to:
                lane = envelope.lane if envelope.lane in consumer.lanes else Lane.LIVE
                found.append(str(QueueName(consumer.name, lane, envelope.shard)))
        return [queue for queue in found if queue in self._queues]

    def _answer(self, replies: Sequence[Envelope]) -> None:
        for reply in replies:
            asker = self._askers.get(reply.address or "")
            if asker is not None:
                asker.take(replace(reply, address=None))
            else:
                log.info("reply.dropped", message_type=reply.type, correlation_id=reply.correlation_id)

    @asynccontextmanager
    async def open_reply_address(self) -> AsyncIterator[ReplyAddress]:
        asker = ReplyAddress(f"reply-{uuid4()}")
        self._askers[asker.name] = asker
        try:
            yield asker
        finally:
            del self._askers[asker.name]

    @asynccontextmanager
    async def consume(
        self, queue: QueueName, handler: Handler, *, at_most: int = 20, gathering: Gathering | None = None
    ) -> AsyncIterator[Consumption]:
        stop = asyncio.Event()
        source = self._queues[str(queue)]

        async def next_batch() -> Sequence[Envelope]:
            if len(source.waiting) < at_most:
                await wait_for_others(gathering, list(source.waiting), stop)
            return [] if stop.is_set() else source.take(at_most)

        worker = asyncio.create_task(self._work(queue, handler, next_batch, stop), name=f"consume {queue}")
        try:
            yield Consumption(worker, in_hand=lambda: source.in_hand)
        finally:
            stop.set()
            source.changed.set()
            try:
                await asyncio.wait({worker})
            except asyncio.CancelledError:
                worker.cancel()
                raise

    async def _work(
        self,
        queue: QueueName,
        handler: Handler,
        next_batch: Callable[[], Awaitable[Sequence[Envelope]]],
        stop: asyncio.Event,
    ) -> None:
        source = self._queues[str(queue)]
        while not stop.is_set():
            if not source.waiting:
                source.changed.clear()
                await source.changed.wait()
                continue
            async with source.handling:
                if batch := await next_batch():
                    await self._handle(str(queue), batch, handler)

    async def _handle(self, queue: str, envelopes: Sequence[Envelope], handler: Handler) -> None:
        batch = [_Delivery(self, queue, envelope) for envelope in envelopes]
        self._queues[queue].in_hand = envelopes[0]
        try:
            await handle_batch(handler, batch, queue=queue)
        except BaseException:
            self._queues[queue].put_back([each.envelope for each in batch if not each.is_ended])
            raise
        finally:
            self._queues[queue].in_hand = None

    async def forget(self, queue: str, envelope: Envelope) -> None:
        """Forget a delivery that was acknowledged."""
        await self._note(self._journal.finish(queue, envelope.message_id))

    async def climb(self, queue: str, envelope: Envelope, reason: str) -> Retried:
        """Put an envelope back into its queue after the next delay of the ladder, or park it after the last."""
        if envelope.attempt >= len(self._topology.ladder):
            await self.park(queue, envelope, reason)
            return "parked"
        delay = self._topology.ladder[envelope.attempt]
        again = replace(envelope, attempt=envelope.attempt + 1)

        def back() -> None:
            self._waiting.discard(timer)
            self._queues[queue].put(again)

        timer = asyncio.get_running_loop().call_later(delay.total_seconds(), back)
        self._waiting.add(timer)
        await self._note(self._journal.retry(queue, envelope.message_id, again.attempt, reason))
        return "retried"

    def renew(self, queue: str, envelope: Envelope) -> None:
        """Put an envelope at the end of its queue, as if it had just been published."""
        self._queues[queue].extend([envelope])

    async def park(self, queue: str, envelope: Envelope, reason: str) -> None:
        """Park an envelope."""
        parked = Parked(envelope, queue, reason, utc_now())
        self._parked.append(parked)
        await self._note(self._journal.park(parked))

    async def _note(self, note: Awaitable[None]) -> None:
        try:
            await note
        except JOURNAL_ERRORS as error:
            log.warning("bus.journal_away", error=type(error).__name__)

    async def check(self) -> None:
        await self._journal.check()

    async def depths(self, queues: Sequence[QueueName]) -> Mapping[QueueName, int]:
        return {queue: len(self._queues[str(queue)].waiting) for queue in queues}

    async def count_parked(self) -> int:
        return len(self._parked)

    async def parked(self, *, at_most: int = 100) -> Sequence[Parked]:
        return self._parked[:at_most]

    async def replay_parked(self, is_wanted: Callable[[Parked], bool]) -> Sequence[Parked]:
        replayed = self._take_parked(lambda each: each.queue in self._queues and is_wanted(each))
        for each in replayed:
            await self._note(self._journal.retry(each.queue, each.envelope.message_id, 0, ""))
            self._queues[each.queue].put(replace(each.envelope, attempt=0))
        return replayed

    async def drop_parked(self, is_wanted: Callable[[Parked], bool]) -> Sequence[Parked]:
        dropped = self._take_parked(is_wanted)
        for each in dropped:
            await self._note(self._journal.finish(each.queue, each.envelope.message_id))
        return dropped

    def _take_parked(self, is_wanted: Callable[[Parked], bool]) -> list[Parked]:
        kept: list[Parked] = []
        taken: list[Parked] = []
        for each in self._parked:
            (taken if is_wanted(each) else kept).append(each)
        self._parked = kept
        return taken


class _Queue:
    """The messages that wait in one queue; the lock `handling` is held while a batch is handled."""

    def __init__(self) -> None:
        self.waiting: deque[Envelope] = deque()
        self.changed = asyncio.Event()
        self.handling = asyncio.Lock()
        self.in_hand: Envelope | None = None
        """The oldest message of the batch that is being handled."""

    def put(self, envelope: Envelope) -> None:
        """Put an envelope at the end."""
        self.waiting.append(envelope)
        self.changed.set()

    def extend(self, envelopes: Sequence[Envelope]) -> None:
        """Put envelopes at the end, in their order."""
        self.waiting.extend(envelopes)
        self.changed.set()

    def put_back(self, envelopes: Sequence[Envelope]) -> None:
        """Put envelopes back at the head, in their order."""
        self.waiting.extendleft(reversed(envelopes))
        self.changed.set()

    def take(self, at_most: int) -> list[Envelope]:
        """Take from the head."""
        return [self.waiting.popleft() for _ in range(min(at_most, len(self.waiting)))]


class _Delivery:
    def __init__(self, bus: MemoryBus, queue: str, envelope: Envelope) -> None:
        self.envelope = envelope
        self.is_ended = False
        self._bus = bus
        self._queue = queue

    async def ack(self) -> None:
        self.is_ended = True
        await self._bus.forget(self._queue, self.envelope)

    async def retry(self, reason: str) -> Retried:
        self.is_ended = True
        return await self._bus.climb(self._queue, self.envelope, reason)

    async def renew(self, reason: str) -> None:  # noqa: ARG002 - as for every bus
        self.is_ended = True
        self._bus.renew(self._queue, self.envelope)

    async def park(self, reason: str) -> None:
        self.is_ended = True
        await self._bus.park(self._queue, self.envelope, reason)
