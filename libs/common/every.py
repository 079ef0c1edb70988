"""Work that is done again and again: measuring, tidying, looking for what is due."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.common.db import AWAY

log = structlog.get_logger()


async def every(interval_s: float, work: Callable[[], Awaitable[object]], *, name: str) -> None:
    """Do `work` at once, and again `interval_s` seconds after each end, until cancelled.

    A database that is away postpones the work to its next turn, with a line in the log that says `name`. Whatever else
    the work raises ends the repetition.
    """
    while True:
        try:
            await work()
        except AWAY as error:
            log.warning("work.postponed", work=name, error=type(error).__name__)
        await asyncio.sleep(interval_s)
