"""Do work periodically, such as measuring, tidying, or looking for what is due."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.common.db import AWAY

log = structlog.get_logger()


async def every(interval_s: float, work: Callable[[], Awaitable[object]], *, name: str) -> None:
    """Do `work` at once, and again `interval_s` seconds after each end, until cancelled.

    If the database is away, the work is postponed to its next turn, with a log line that gives `name`. Any other error
    ends the repetition.
    """
    while True:
        try:
            await work()
        except AWAY as error:
            log.warning("work.postponed", work=name, error=type(error).__name__)
        await asyncio.sleep(interval_s)
