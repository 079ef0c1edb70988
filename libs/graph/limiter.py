"""Keep within the limits of Graph for each application and mailbox, with the live lane before the bulk lane.

The limits are a number of requests at a time, a number in any ten minutes, and none before a `Retry-After` is over.
Graph counts the requests of all our processes together, so each process keeps to an allowance: its part of the whole.
Source: https://learn.microsoft.com/graph/throttling-limits (Outlook service limits)
"""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from aiolimiter import AsyncLimiter
from prometheus_client import Histogram

from libs.graph.errors import Throttled

WAITED = Histogram("roomsync_graph_wait_seconds", "Time that a call waited for its turn within its mailbox's limits")

WINDOW_S = 600.0
BURST = 0.1
"""The share of a window's requests that may be made at once; the others are spread over the window."""

MOST_IDLE = 2000

CALLERS = 4
"""The most processes that call one mailbox at a time, however many replicas there are.

A room's notifications are read by one process, its intents are carried out by one process in each of two lanes, and its
calendar is compared by one process.
"""

_in_bulk: ContextVar[bool] = ContextVar("in_bulk", default=False)


@contextmanager
def bulk() -> Iterator[None]:
    """Put the calls made inside the block into the bulk lane, behind those that people wait for."""
    token = _in_bulk.set(True)
    try:
        yield
    finally:
        _in_bulk.reset(token)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one process may ask of one mailbox: requests at a time, and requests in `WINDOW_S`."""

    at_a_time: int
    per_window: int

    @classmethod
    def part_of(cls, at_a_time: int, per_window: int, share: float) -> "Allowance":
        """Allow one of `CALLERS` processes an equal part of the requests at a time, and this share of a window's."""
        return cls(max(1, at_a_time // CALLERS), max(1, int(per_window * share)))


class MailboxLimiter:
    """The limits of one mailbox. Calls of the live lane go first, and each lane keeps its order.

    A call that has a turn keeps it during a pause, because no other call could use it then.
    """

    def __init__(self, allowance: Allowance) -> None:
        self._concurrency = self._free = allowance.at_a_time
        # A bucket that leaks at `rate` and holds `burst` lets burst + rate * WINDOW_S through in any window.
        burst = max(1.0, allowance.per_window * BURST)
        rate = (allowance.per_window - burst) / WINDOW_S
        self._rate = AsyncLimiter(burst, burst / rate)
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._open_at = 0.0
        self._busy_at = 0.0

    def pause(self, duration: timedelta) -> None:
        """Let no call through for this long."""
        self._open_at = max(self._open_at, _now() + duration.total_seconds())

    @property
    def is_idle(self) -> bool:
        """Whether no call waits or runs, and past calls no longer count against the limits."""
        return self._free == self._concurrency and max(self._open_at, self._busy_at + WINDOW_S) < _now()

    @asynccontextmanager
    async def slot(self, patience_s: float) -> AsyncIterator[None]:
        """Wait for a turn, and hold it. Raises `Throttled` when a pause will not be over within `patience_s`."""
        self._remaining_pause(patience_s)
        began = _now()
        await self._take()
        try:
            while (left := self._remaining_pause(patience_s)) > 0:  # noqa: ASYNC110 - a pause may grow while it lasts
                await asyncio.sleep(left)
            await self._rate.acquire()
            self._busy_at = _now()
            WAITED.observe(self._busy_at - began)
            yield
        finally:
            self._give()

    def _remaining_pause(self, patience_s: float) -> float:
        left = self._open_at - _now()
        if left > patience_s:
            raise Throttled("Graph asked to wait before the next request", retry_after=timedelta(seconds=left))
        return left

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
    """One `MailboxLimiter` per mailbox, created when it is first needed and dropped when it has long been unused."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._mailboxes: dict[str, MailboxLimiter] = {}
        self._look_again_at = MOST_IDLE

    def of(self, mailbox: str) -> MailboxLimiter:
        """Return the limits of a mailbox. Use them at once and do not keep them, because they may be dropped."""
        key = mailbox.lower()
        found = self._mailboxes.get(key)
        if found is None:
            if len(self._mailboxes) >= self._look_again_at:
                self._mailboxes = {name: each for name, each in self._mailboxes.items() if not each.is_idle}
                self._look_again_at = len(self._mailboxes) + MOST_IDLE
            found = self._mailboxes[key] = MailboxLimiter(self._allowance)
        return found


def _now() -> float:
    return asyncio.get_running_loop().time()
