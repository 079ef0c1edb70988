"""A stream of server-sent events as a browser reads it, over a socket: it has no end that could be waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx2

from deploy.local.ports import free_port
from libs.common.runtime import http_task
from services.policy.console.addresses import ROOT
from services.policy.console.changes import ReservationChanges
from tests.integration.policy_console_pages.console import Console, console_on


@dataclass(frozen=True)
class Stream:
    """What a server sends, event by event."""

    media_type: str
    lines: AsyncIterator[str]

    async def next(self, within_s: float = 10.0) -> str:
        """Wait for the next event, and return it without the empty line at its end; comments are left out."""
        event: list[str] = []
        async with asyncio.timeout(within_s):
            async for line in self.lines:
                if line.startswith(":"):
                    continue
                if line:
                    event.append(line)
                elif event:
                    break
        return "\n".join(event)


@asynccontextmanager
async def open_stream(console: Console, changes: ReservationChanges, path: str) -> AsyncIterator[Stream]:
    """Serve the console on a port of its own, and read a stream of it as an administrator."""
    port = free_port()
    app = console_on(console.world.app.state.context, console.bus, changes)
    serving = asyncio.create_task(http_task(app, host="127.0.0.1", port=port)())
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            await _until_there(http)
            headers = console.signed_in_as("admin")
            async with http.stream("GET", f"{ROOT}{path}", headers=headers, timeout=None) as answer:
                assert answer.status_code == 200
                yield Stream(answer.headers["content-type"], answer.aiter_lines())
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def _until_there(http: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(httpx2.ConnectError):
                await http.get(f"{ROOT}/static/console.css")
                return
            await asyncio.sleep(0.02)
