"""Receive the deliveries of one queue, and open a new channel whenever one is lost."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity

from libs.common.bus.channels import OPEN_TIMEOUT_S, close_channel, open_channel
from libs.common.bus.lost import broker_needed
from libs.common.bus.port import BrokerUnavailable
from libs.common.bus.queue_reader import QueueReader

PAUSE_S = 0.5

log = structlog.get_logger()


class QueueFeed:
    """One consumer of one queue. `declare` is called if the queue does not exist."""

    def __init__(
        self,
        connection: AbstractConnection,
        queue: str,
        reader: QueueReader,
        *,
        at_most: int,
        declare: Callable[[], Awaitable[None]],
    ) -> None:
        self._connection = connection
        self._queue = queue
        self._reader = reader
        self._at_most = at_most
        self._declare = declare
        self._channel: AbstractChannel
        self._over: asyncio.Event

    async def open(self) -> None:
        """Begin to receive. Raises `BrokerUnavailable`."""
        channel = await open_channel(self._connection)
        over = asyncio.Event()
        try:
            with broker_needed(f"the queue {self._queue!r} cannot be consumed"):
                async with asyncio.timeout(OPEN_TIMEOUT_S):
                    await channel.set_qos(prefetch_count=self._at_most)
                    source = await channel.get_queue(self._queue, ensure=False)
                    wire = await channel.get_underlay_channel()
                    wire.closing.add_done_callback(lambda _: over.set())
                    wire.on_consumer_cancel_callbacks.add(lambda _: over.set())
                    await source.consume(self._reader.take)
        except BaseException:
            await close_channel(channel)
            raise
        self._channel, self._over = channel, over

    @property
    def is_receiving(self) -> bool:
        """Whether the broker delivers to this consumer, as far as is known."""
        return not self._over.is_set()

    async def keep(self) -> None:
        """Begin again whenever the channel is lost or the broker ends the consumer, until cancelled."""
        while True:
            await self._over.wait()
            await close_channel(self._channel)
            await asyncio.sleep(PAUSE_S)
            try:
                await self.open()
            except BrokerUnavailable as error:
                log.warning("queue.lost", queue=self._queue, error=str(error))
                await self._repair(error)
            else:
                log.info("queue.found", queue=self._queue)

    async def _repair(self, error: BrokerUnavailable) -> None:
        if isinstance(error.__cause__, ChannelNotFoundEntity):
            with contextlib.suppress(BrokerUnavailable):
                await self._declare()

    async def close(self) -> bool:
        """Requeue the deliveries that have not ended, and leave the queue; False if the broker did not answer."""
        return await close_channel(self._channel)
