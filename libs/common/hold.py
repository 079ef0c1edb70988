"""Hold a queue while the database is away: nothing is given up, parked or sent up the ladder because of that.

A delivery whose work failed keeps its place, with all that come after it, until the database answers; then the work is
done again at once. The ladder is for failures that the database did not cause, so a failure counts only if the database
answers.

The broker takes a delivery back that it has waited for too long (RabbitMQ: 30 minutes), and counts that as a failed
delivery. So a hold ends before, with `HandBack`: the deliveries are put into their queue anew, as if they had just been
published.
Source: https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout
"""

import asyncio
import time
from dataclasses import dataclass, field

import structlog

from libs.common.bus.port import HandBack
from libs.common.db import Pool, check

LONGEST_S = 600.0
"""A third of the broker's patience: other deliveries may have come with these, and are held after them."""

STEADY_S = 30.0
"""For how long work is done again that fails as if the database were away, although it answers in between."""

AT_ONCE_S = 3.0
PAUSE_S = 0.25

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hold:
    """The database that queues are held for. `stopping` is set when the service stops: then no hold goes on."""

    pool: Pool
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    longest_s: float = LONGEST_S

    def begin(self) -> "Holding":
        """Begin with the work for one batch of deliveries, or for one of them."""
        return Holding(self)


class Holding:
    """The work for some deliveries, which may have to be done again."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._until = time.monotonic() + hold.longest_s
        self._steady_until = time.monotonic() + STEADY_S

    async def is_to_repeat(self, error: Exception) -> bool:
        """Wait until the database answers after it seemed to be away; whether to do the work again.

        False if it has answered for `STEADY_S`: then the error is another one, which the ladder is for. Raises
        `HandBack`.
        """
        log.warning("database.away", error=type(error).__name__)
        if await self.was_away():
            return True
        await self._pause()
        return time.monotonic() < self._steady_until

    async def was_away(self) -> bool:
        """Wait until the database answers; whether it did not do so at once. Raises `HandBack`."""
        began = time.monotonic()
        tries = 1
        while not await self._answers():
            tries += 1
            await self._pause()
        now = time.monotonic()
        was_away = tries > 1 or now - began > AT_ONCE_S
        if was_away:
            self._steady_until = now + STEADY_S
            log.info("database.back", away_s=round(now - began, 1))
        return was_away

    async def _answers(self) -> bool:
        """Whether the database answers, however long that takes."""
        asking = asyncio.create_task(check(self._hold.pool), name="ask the database")
        try:
            await self._wait_for(asking)
        finally:
            if not asking.done():
                asking.cancel()  # not waited for: a frozen database keeps a cancelled query for half a minute
                asking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return asking.exception() is None

    async def _pause(self) -> None:
        await self._wait_for(asyncio.create_task(asyncio.sleep(PAUSE_S)))

    async def _wait_for(self, task: "asyncio.Task[None]") -> None:
        """Wait for a task. Raises `HandBack` if the service stops first, or the hold has lasted too long."""
        stopping = asyncio.create_task(self._hold.stopping.wait())
        try:
            left = max(0.0, self._until - time.monotonic())
            await asyncio.wait({task, stopping}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if not task.done():
            raise HandBack("the database is away")
