"""Hands one RabbitMQ queue's deliveries to a handler, batch by batch."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

from libs.common.bus.port import BusError, Envelope, Handler
from libs.common.bus.wire import from_wire

Forward = Callable[[Envelope, str, str], Awaitable[None]]
"""Publishes an envelope elsewhere: (envelope, queue it came from, reason)."""

_CLOSED = (AMQPError, ChannelInvalidStateError, ConnectionError, RuntimeError)

log = structlog.get_logger()


class RabbitDelivery:
    """See `libs.common.bus.port.Delivery`. Ending one whose connection is gone does nothing: it comes again."""

    def __init__(self, message: AbstractIncomingMessage, queue: str, on_retry: Forward, on_park: Forward) -> None:
        self.envelope = from_wire(message)
        self.is_ended = False
        self._message = message
        self._queue = queue
        self._on_retry = on_retry
        self._on_park = on_park

    async def ack(self) -> None:
        self.is_ended = True
        with contextlib.suppress(*_CLOSED):
            await self._message.ack()

    async def retry(self, reason: str) -> None:
        await self._forward(self._on_retry, reason)

    async def park(self, reason: str) -> None:
        await self._forward(self._on_park, reason)

    async def _forward(self, forward: Forward, reason: str) -> None:
        try:
            await forward(self.envelope, self._queue, reason)
        except BusError:
            await self.give_back()
        else:
            await self.ack()

    async def give_back(self) -> None:
        """Put it back on its queue; the broker delivers it again."""
        self.is_ended = True
        with contextlib.suppress(*_CLOSED):
            await self._message.reject(requeue=True)


class QueueReader:
    """Collects what is at hand and hands it over; one batch at a time, in order."""

    def __init__(self, handler: Handler, at_most: int, *, on_retry: Forward, on_park: Forward, queue: str) -> None:
        self._handler = handler
        self._at_most = at_most
        self._on_retry = on_retry
        self._on_park = on_park
        self._queue = queue
        self._at_hand: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Note one message that the broker delivered."""
        self._at_hand.put_nowait(message)

    async def run(self) -> None:
        """Handle batches until `finish` is called."""
        while batch := await self._batch():
            deliveries = [RabbitDelivery(each, self._queue, self._on_retry, self._on_park) for each in batch]
            try:
                await self._handler(deliveries)
            except Exception as error:  # noqa: BLE001 - a handler's failure must not end the queue
                log.warning("delivery.failed", queue=self._queue, error=type(error).__name__)
                for delivery in deliveries:
                    if not delivery.is_ended:
                        await delivery.retry(f"{type(error).__name__}: {error}")

    async def _batch(self) -> list[AbstractIncomingMessage]:
        first = await self._at_hand.get()
        batch = [first]
        while first is not None and len(batch) < self._at_most and not self._at_hand.empty():
            batch.append(self._at_hand.get_nowait())
        if None in batch:
            self._at_hand.put_nowait(None)
        return [message for message in batch if message is not None]

    async def finish(self, worker: "asyncio.Task[None]") -> None:
        """Wait for the batch in hand; what was not begun stays on the broker."""
        while not self._at_hand.empty():
            self._at_hand.get_nowait()
        self._at_hand.put_nowait(None)
        try:
            await worker
        except asyncio.CancelledError:
            worker.cancel()
            raise
