"""Give the deliveries of one RabbitMQ queue to a handler, batch by batch.

A delivery belongs to the channel it came on. If that is lost, the broker delivers it again, perhaps to another replica:
deliveries that were not read yet are dropped, and to end one that is being handled does nothing.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError

from libs.common.bus.batch import handle_batch, wait_for_others
from libs.common.bus.lost import broker_needed
from libs.common.bus.port import BrokerUnavailable, BusError, Envelope, Gathering, Handler, Retried
from libs.common.bus.wire import from_wire

Forward = Callable[[Envelope, str, str], Awaitable[Retried]]
"""Publishes an envelope elsewhere: (envelope, queue it came from, reason)."""

ANSWER_TIMEOUT_S = 5.0
PAUSE_AFTER_FAILURE_S = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WaysOut:
    """The ways of an envelope that is not acknowledged where it is: up the ladder, parked, or into its queue anew."""

    on_retry: Forward
    on_park: Forward
    on_renew: Forward


class RabbitDelivery:
    """See `libs.common.bus.port.Delivery`."""

    def __init__(self, message: AbstractIncomingMessage, queue: str, ways: WaysOut, *, stopping: asyncio.Event) -> None:
        self.envelope = from_wire(message)
        self.is_ended = False
        self._message = message
        self._queue = queue
        self._ways = ways
        self._stopping = stopping

    async def ack(self) -> None:
        self.is_ended = True
        await self._answer(self._message.ack())

    async def retry(self, reason: str) -> Retried:
        return await self._forward(self._ways.on_retry, reason)

    async def park(self, reason: str) -> None:
        await self._forward(self._ways.on_park, reason)

    async def renew(self, reason: str) -> None:
        """Put it at the end of its queue, as if it had just been published; when stopping, leave it at its place."""
        if not self._stopping.is_set() and not _is_lost(self._message):
            await self._forward(self._ways.on_renew, reason)

    async def _forward(self, forward: Forward, reason: str) -> Retried:
        """Publish the envelope elsewhere, then acknowledge it.

        If the broker does not take it, try again and again while the queue waits. Back on its queue it would be
        delivered again at once, and so often that the broker parks it.
        """
        while True:
            try:
                became = await forward(self.envelope, self._queue, reason)
            except BusError as error:
                log.warning("delivery.waiting", queue=self._queue, error=str(error))
                if _is_lost(self._message) or self._stopping.is_set():
                    await self.give_back()
                    return "returned"
            else:
                await self.ack()
                return became
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_AFTER_FAILURE_S):
                    await self._stopping.wait()

    async def give_back(self) -> None:
        """Return the delivery to its queue; the broker delivers it again."""
        self.is_ended = True
        await self._answer(self._message.reject(requeue=True))

    async def _answer(self, answer: Awaitable[None]) -> None:
        with contextlib.suppress(BrokerUnavailable), broker_needed("answering a delivery"):
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await answer


class QueueReader:
    """Collect received messages and give them to the handler: one batch at a time, in order."""

    def __init__(
        self, handler: Handler, at_most: int, ways: WaysOut, *, queue: str, gathering: Gathering | None = None
    ) -> None:
        self._gathering = gathering
        self._handler = handler
        self._at_most = at_most
        self._ways = ways
        self._queue = queue
        self.in_hand: Envelope | None = None
        """The oldest message of the batch that is being handled."""
        self._stopping = asyncio.Event()
        self._at_hand: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Receive one message from the broker."""
        self._at_hand.put_nowait(message)

    async def run(self) -> None:
        """Handle batches until `finish` is called."""
        while batch := await self._batch():
            deliveries = [self._delivery(each) for each in batch]
            self.in_hand = deliveries[0].envelope
            await handle_batch(self._handler, deliveries, queue=self._queue)
            self.in_hand = None

    def _delivery(self, message: AbstractIncomingMessage) -> RabbitDelivery:
        return RabbitDelivery(message, self._queue, self._ways, stopping=self._stopping)

    async def _batch(self) -> list[AbstractIncomingMessage]:
        """Wait for messages and return them, oldest first; empty once `finish` was called."""
        batch: list[AbstractIncomingMessage] = []
        while not batch and not self._stopping.is_set():
            found = [await self._at_hand.get(), *self._take_at_hand(self._at_most - 1)]
            if self._gathering is not None and len(found) < self._at_most:
                at_hand = [from_wire(each) for each in found if each is not None]
                await wait_for_others(self._gathering, at_hand, self._stopping)
                found += self._take_at_hand(self._at_most - len(found))
            batch = [each for each in found if each is not None and not _is_lost(each)]
        return [] if self._stopping.is_set() else batch

    def _take_at_hand(self, at_most: int) -> list[AbstractIncomingMessage | None]:
        """Take what was received by now, in order."""
        return [self._at_hand.get_nowait() for _ in range(min(at_most, self._at_hand.qsize()))]

    async def finish(self, worker: "asyncio.Task[None]") -> None:
        """Wait until the current batch is handled; messages that were not started stay on the broker."""
        self._stopping.set()
        self._at_hand.put_nowait(None)
        try:
            await asyncio.wait({worker})
        except asyncio.CancelledError:
            worker.cancel()
            raise


def _is_lost(message: AbstractIncomingMessage) -> bool:
    """Whether the channel that a message came on is closed."""
    try:
        _ = message.channel
    except ChannelInvalidStateError:
        return True
    return False
