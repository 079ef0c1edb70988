"""Keeps within what Graph allows each application per mailbox, people's work before bulk work.

At most so many requests at a time and so many in ten minutes, and none before a `Retry-After` is over.
Source: https://learn.microsoft.com/graph/throttling-limits (Outlook service limits)
"""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import timedelta

from aiolimiter import AsyncLimiter

WINDOW_S = 600.0

_in_bulk: ContextVar[bool] = ContextVar("in_bulk", default=False)


@contextmanager
def bulk() -> Iterator[None]:
    """Let the calls made inside wait for those that people wait on."""
    token = _in_bulk.set(True)
    try:
        yield
    finally:
        _in_bulk.reset(token)


class MailboxLimiter:
    """The limits of one mailbox. Waiters of the live lane go first, each lane in its order."""

    def __init__(self, concurrency: int, per_window: int) -> None:
        self._free = concurrency
        self._rate = AsyncLimiter(per_window, WINDOW_S)
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._open_at = 0.0

    def pause(self, duration: timedelta) -> None:
        """Let nothing through for a while."""
        self._open_at = max(self._open_at, asyncio.get_running_loop().time() + duration.total_seconds())

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it."""
        await self._take()
        try:
            await asyncio.sleep(max(0.0, self._open_at - asyncio.get_running_loop().time()))
            await self._rate.acquire()
            yield
        finally:
            self._give()

    async def _take(self) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (_in_bulk.get(), next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Limiter:
    """One `MailboxLimiter` per mailbox, made when first asked for."""

    def __init__(self, concurrency: int, per_window: int) -> None:
        self._concurrency = concurrency
        self._per_window = per_window
        self._mailboxes: dict[str, MailboxLimiter] = {}

    def of(self, mailbox: str) -> MailboxLimiter:
        """Return the limits of a mailbox."""
        key = mailbox.lower()
        if key not in self._mailboxes:
            self._mailboxes[key] = MailboxLimiter(self._concurrency, self._per_window)
        return self._mailboxes[key]
