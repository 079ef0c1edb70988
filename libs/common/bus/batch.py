"""Gather a batch of deliveries, give it to its handler, and end what a handler that failed has not ended."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

import structlog

from libs.common.bus.port import Delivery, Envelope, Gathering, HandBack, Handler

log = structlog.get_logger()


class TrackedDelivery(Delivery, Protocol):
    """A delivery that knows whether it was ended, and can be put into its queue anew."""

    @property
    def is_ended(self) -> bool: ...

    async def renew(self, reason: str) -> None:
        """Put it at the end of its queue, as if it had just been published."""
        ...


async def wait_for_others(gathering: Gathering | None, at_hand: Sequence[Envelope], stopping: asyncio.Event) -> None:
    """Wait for as long as the messages at hand are to wait for others, or until `stopping` is set."""
    if gathering is not None and any(map(gathering.comes_with_others, at_hand)):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(gathering.pause_s):
                await stopping.wait()


async def handle_batch(handler: Handler, deliveries: Sequence[TrackedDelivery], *, queue: str) -> None:
    """Handle a batch; whatever the handler raises, each delivery is ended afterwards.

    Raises only the cancellation of this task, and what no code can go on from, such as a panic of a native library.
    """
    error = await _failure_of(handler, deliveries)
    if error is None:
        return
    left = [each for each in deliveries if not each.is_ended]
    if isinstance(error, HandBack):
        for delivery in left:
            await delivery.renew(str(error))
        return
    log.warning("delivery.failed", queue=queue, error=type(error).__name__)
    for delivery in left:
        await delivery.retry(f"{type(error).__name__}: {error}".removesuffix(": "))


async def _failure_of(handler: Handler, deliveries: Sequence[Delivery]) -> BaseException | None:
    """Run the handler and return its error. A cancellation that nobody asked this task for is one, too."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        await handler(deliveries)
    except asyncio.CancelledError as error:
        if task and task.cancelling() > before:
            raise
        return error
    except Exception as error:  # noqa: BLE001 - a handler's failure must not end the queue
        return error
    return None
