"""The bus inside one process: for embedded mode and for tests.

The same promises as on RabbitMQ. A publish is confirmed once the journal has it, and the journal keeps it until it is
acknowledged; with a `PostgresJournal` a crash therefore loses nothing. `open` takes up what an earlier process left.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import structlog

from libs.common.bus.journal import Forgetful, Journal
from libs.common.bus.port import Envelope, Handler, Parked, Unroutable
from libs.common.clock import utc_now
from libs.common.topology import Lane, QueueName, Topology

log = structlog.get_logger()


class MemoryBus:
    """See `libs.common.bus.port.Bus`."""

    def __init__(self, topology: Topology, journal: Journal | None = None) -> None:
        self._topology = topology
        self._journal = journal or Forgetful()
        self._queues: dict[str, deque[Envelope]] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._parked: list[Parked] = []
        self._waiting: set[asyncio.TimerHandle] = set()
        for consumer in topology.consumers:
            for queue in topology.queues_of(consumer.name):
                self._queues[str(queue)] = deque()
                self._changed[str(queue)] = asyncio.Event()

    async def open(self) -> None:
        """Take up what the journal holds."""
        waiting, parked = await self._journal.load()
        self._parked.extend(parked)
        for queue, envelope in waiting:
            if queue in self._queues:
                self.put(queue, envelope)

    def close(self) -> None:
        """Drop the timers of the ladder; the journal still has what they were for."""
        for timer in self._waiting:
            timer.cancel()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        deliveries = [(queue, envelope) for envelope in envelopes for queue in self._route(envelope)]
        if deliveries:
            await self._journal.add(deliveries)
        for queue, envelope in deliveries:
            self.put(queue, envelope)

    def _route(self, envelope: Envelope) -> list[str]:
        found = []
        for consumer in self._topology.consumers:
            if envelope.type in consumer.listens_to:
                lane = envelope.lane if envelope.lane in consumer.lanes else Lane.LIVE
                found.append(str(QueueName(consumer.name, lane, envelope.shard)))
        if not found and not envelope.is_open:
            raise Unroutable(f"no queue takes {envelope.type!r}")
        return found

    def put(self, queue: str, envelope: Envelope) -> None:
        """Put an envelope at the end of a queue."""
        self._queues[queue].append(envelope)
        self._changed[queue].set()

    @asynccontextmanager
    async def consume(self, queue: QueueName, handler: Handler, *, at_most: int = 20) -> AsyncIterator[None]:
        name = str(queue)
        stop = asyncio.Event()
        worker = asyncio.create_task(self._work(name, handler, at_most, stop), name=f"consume {name}")
        try:
            yield
        finally:
            stop.set()
            self._changed[name].set()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    async def _work(self, queue: str, handler: Handler, at_most: int, stop: asyncio.Event) -> None:
        waiting, changed = self._queues[queue], self._changed[queue]
        while not stop.is_set():
            if not waiting:
                changed.clear()
                await changed.wait()
                continue
            batch = [_Delivery(self, queue, waiting.popleft()) for _ in range(min(at_most, len(waiting)))]
            try:
                await handler(batch)
            except Exception as error:  # noqa: BLE001 - a handler's failure must not end the queue
                log.warning("delivery.failed", queue=queue, error=type(error).__name__)
                for delivery in batch:
                    if not delivery.is_ended:
                        await delivery.retry(f"{type(error).__name__}: {error}")
            except asyncio.CancelledError:
                waiting.extendleft(each.envelope for each in reversed(batch) if not each.is_ended)
                raise

    async def acked(self, queue: str, envelope: Envelope) -> None:
        """Forget a delivery that was acknowledged."""
        await self._journal.done(queue, envelope.message_id)

    async def climb(self, queue: str, envelope: Envelope, reason: str) -> None:
        """Bring an envelope back after the next delay of the ladder, or park it after the last."""
        if envelope.attempt >= len(self._topology.ladder):
            await self.put_aside(queue, envelope, reason)
            return
        delay = self._topology.ladder[envelope.attempt]
        again = replace(envelope, attempt=envelope.attempt + 1)
        await self._journal.climbed(queue, envelope.message_id, again.attempt, reason)

        def back() -> None:
            self._waiting.discard(timer)
            self.put(queue, again)

        timer = asyncio.get_running_loop().call_later(delay.total_seconds(), back)
        self._waiting.add(timer)

    async def put_aside(self, queue: str, envelope: Envelope, reason: str) -> None:
        """Park an envelope."""
        parked = Parked(envelope, queue, reason, utc_now())
        await self._journal.park(parked)
        self._parked.append(parked)

    async def parked(self, *, at_most: int = 100) -> Sequence[Parked]:
        return self._parked[:at_most]

    async def replay_parked(self, message_id: UUID) -> bool:
        found = self._take_parked(message_id)
        if found is None:
            return False
        await self._journal.climbed(found.queue, message_id, 0, "")
        self.put(found.queue, replace(found.envelope, attempt=0))
        return True

    async def drop_parked(self, message_id: UUID) -> bool:
        found = self._take_parked(message_id)
        if found is None:
            return False
        await self._journal.done(found.queue, message_id)
        return True

    def _take_parked(self, message_id: UUID) -> Parked | None:
        found = next((each for each in self._parked if each.envelope.message_id == message_id), None)
        if found is not None:
            self._parked.remove(found)
        return found


class _Delivery:
    def __init__(self, bus: MemoryBus, queue: str, envelope: Envelope) -> None:
        self.envelope = envelope
        self.is_ended = False
        self._bus = bus
        self._queue = queue

    async def ack(self) -> None:
        self.is_ended = True
        await self._bus.acked(self._queue, self.envelope)

    async def retry(self, reason: str) -> None:
        self.is_ended = True
        await self._bus.climb(self._queue, self.envelope, reason)

    async def park(self, reason: str) -> None:
        self.is_ended = True
        await self._bus.put_aside(self._queue, self.envelope, reason)
