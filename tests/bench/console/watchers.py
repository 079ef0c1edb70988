"""Open timelines without a browser: they listen, and look again when they are told, one look after the other.

That is what the page's own script does (`static/live.js`, `static/timeline.js`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.bench.console.visit import Visit

_TOLD = b"data: "


class Watcher:
    """One open timeline. `looks` is how often it has looked again."""

    def __init__(self, visit: Visit, query: dict[str, str]) -> None:
        self._visit = visit
        self._query = query
        self.is_open = asyncio.Event()
        self.looks = 0

    async def run(self) -> None:
        """Listen until cancelled."""
        address = self._visit.timeline("/changes", **self._query)
        schedule = self._visit.timeline("/schedule", **self._query)
        async with self._visit.http.get(address, timeout=aiohttp.ClientTimeout(total=None)) as answer:
            answer.raise_for_status()
            self.is_open.set()
            async for line in answer.content:
                if line.startswith(_TOLD):
                    changed = line.removeprefix(_TOLD).decode().split()
                    await self._visit.fetch(schedule + "".join(f"&only={each}" for each in changed))
                    self.looks += 1


@asynccontextmanager
async def open_watchers(visit: Visit, many: int, query: dict[str, str]) -> AsyncIterator[list[Watcher]]:
    """Open so many timelines of one address, and close them."""
    watchers = [Watcher(visit, query) for _ in range(many)]
    tasks = [asyncio.create_task(each.run()) for each in watchers]
    try:
        for watcher, task in zip(watchers, tasks, strict=True):
            opening = asyncio.create_task(watcher.is_open.wait())
            await asyncio.wait([opening, task], return_when=asyncio.FIRST_COMPLETED)
            opening.cancel()
            if task.done():
                task.result()
        yield watchers
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
