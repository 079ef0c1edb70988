"""Tell open pages at once which spaces' reservations have changed.

One connection for each process listens to what the ledger's trigger tells, whatever number of pages is open. A page
that cannot be told, because the connection was lost, looks at everything again.

A page that was told looks, which takes time from the decisions of this process. So a page is told at once after a while
of peace, and while changes do not end so seldom that all pages together look `LOOKS_A_SECOND` times.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from prometheus_client import Gauge

from libs.common.db import own_connection
from libs.common.every import every

OPEN = Gauge("roomsync_console_open_pages", "Pages of the console that are told of changes")

SCHEMA = "policy"
CHANNEL = f"reservations_{SCHEMA}"
"""What the trigger of migration 0059 tells on."""

GATHER_S = 0.2
"""How long changes are gathered before a page is told, so that many at once are one look."""

LOOKS_A_SECOND = 3.0
LONGEST_PAUSE_S = 10.0
"""How long a page waits at most from one time it is told of changes to the next."""

LOOK_S = 15.0
"""How often the connection is tried while nothing is told; the database may have gone without a word."""

RECONNECT_S = 1.0
ANSWERS_WITHIN_S = 10.0


class OpenPage:
    """A page that waits for changes in some spaces."""

    def __init__(self, space_ids: Collection[UUID], pause_s: Callable[[], float]) -> None:
        self._space_ids = frozenset(space_ids)
        self._pause_s = pause_s
        self._changed: set[UUID] = set()
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._told_at = -math.inf

    @property
    def is_over(self) -> bool:
        """Whether nothing will be told any more."""
        return self._over.is_set()

    def tell(self, space_id: UUID) -> None:
        if space_id in self._space_ids:
            self._changed.add(space_id)
            self._news.set()

    def tell_all(self) -> None:
        self._changed |= self._space_ids
        self._news.set()

    def end(self) -> None:
        self._over.set()
        self._news.set()

    async def changed(self, within_s: float) -> frozenset[UUID]:
        """Wait for changes, and return the spaces that have any; none if nothing came in time, or it `is_over`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._news.wait()
                await self._gather()
        changed, self._changed = frozenset(self._changed), set()
        self._news.clear()
        if changed:
            self._told_at = _now()
        return changed

    async def _gather(self) -> None:
        """Wait for more to be told of, less long if nothing will be."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(GATHER_S, self._told_at + self._pause_s() - _now())):
                await self._over.wait()


class ReservationChanges:
    """The changes of all reservations, for whoever subscribes. `run` listens; without it nobody is told of anything."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: set[OpenPage] = set()
        self._is_over = False

    @contextmanager
    def subscribed(self, space_ids: Collection[UUID]) -> Iterator[OpenPage]:
        """Be told of changes in these spaces while the block lasts."""
        page = OpenPage(space_ids, self._pause_s)
        if self._is_over:
            page.end()
        self._open.add(page)
        OPEN.set(len(self._open))
        try:
            yield page
        finally:
            self._open.discard(page)
            OPEN.set(len(self._open))

    def _pause_s(self) -> float:
        return min(LONGEST_PAUSE_S, len(self._open) / LOOKS_A_SECOND)

    async def run(self) -> None:
        """Listen until cancelled; then every page's wait ends, so that none delays the end of the server."""
        try:
            await every(RECONNECT_S, self._listen, name="changes of reservations")
        finally:
            self._is_over = True
            for each in self._open:
                each.end()

    async def _listen(self) -> None:
        """Tell of changes until the connection is lost."""
        async with own_connection(self._url, schema=SCHEMA, answers_within_s=ANSWERS_WITHIN_S) as conn:
            await conn.add_listener(CHANNEL, self._tell)
            for each in self._open:
                each.tell_all()
            while True:
                await asyncio.sleep(LOOK_S)
                await conn.execute("SELECT 1")

    def _tell(self, _conn: object, _pid: object, _channel: object, payload: object) -> None:
        space_id = UUID(str(payload))
        for each in self._open:
            each.tell(space_id)


def _now() -> float:
    return asyncio.get_running_loop().time()
