"""Turn the many errors by which aio-pika says that the broker is gone into `BrokerUnavailable`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aio_pika.exceptions import AMQPError
from pamqp.exceptions import PAMQPException

from libs.common.bus.port import BrokerUnavailable

_LOST = (AMQPError, PAMQPException, OSError, RuntimeError)  # a timeout is an OSError, a closed channel a RuntimeError


@contextmanager
def broker_needed(what: str) -> Iterator[None]:
    """Raise `BrokerUnavailable` if the block fails because the broker is not there.

    When the broker stalls, aio-pika 10 raises `CancelledError` although nobody cancelled the task. A real cancellation,
    which is raised as it is, is recognised by the task's own count of cancellations.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    except asyncio.CancelledError:
        if task and task.cancelling() > before:
            raise
        raise BrokerUnavailable(f"{what}: the connection was lost") from None
    except _LOST as error:
        raise BrokerUnavailable(f"{what}: {type(error).__name__} {error}".rstrip()) from error


async def ends_in_time(close: Callable[[], Awaitable[object]], seconds: float) -> bool:
    """Close an object of aio-pika; False if the broker did not answer in time, and the object ends later.

    It takes the function, not its coroutine: if this task is cancelled before it begins, nothing is left unawaited.
    """
    try:
        with broker_needed("closing"):
            async with asyncio.timeout(seconds):
                await close()
    except BrokerUnavailable:
        return False
    return True
