"""A receiver of notifications over HTTPS, which can be slow, deaf or wrong."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import trustme
from aiohttp import web

from tests.contract.graphsim.graph import Json, eventually


@dataclass(slots=True)
class Receiver:
    """Posts are kept in order of arrival with their times, and answered with the next of `answers`, else 202.

    The next of `pauses` goes by before an answer.
    """

    url: str
    posts: list[Json] = field(default_factory=list)
    handshakes: list[web.Request] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    echo: str = "token"

    def items(self, *kinds: str) -> list[Json]:
        """Every notification received; `kinds` limits them to types of change."""
        every = [item for post in self.posts for item in post["value"]]
        return [item for item in every if not kinds or item.get("changeType") in kinds]

    def lifecycle(self) -> list[str]:
        return [item["lifecycleEvent"] for item in self.items() if "lifecycleEvent" in item]

    async def received(self, count: int = 1, *kinds: str) -> list[Json]:
        """Wait for so many notifications."""

        async def look() -> bool:
            return len(self.items(*kinds)) >= count

        await eventually(look)
        return self.items(*kinds)

    async def handle(self, request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is not None:
            self.handshakes.append(request)
            return await self._echoed(request, token)
        self.posts.append(orjson.loads(await request.read()))
        self.times.append(time.monotonic())
        if self.pauses:
            await asyncio.sleep(self.pauses.pop(0))
        return web.Response(status=self.answers.pop(0) if self.answers else 202)

    async def _echoed(self, request: web.Request, token: str) -> web.Response:
        match self.echo:
            case "late":
                await asyncio.sleep(30)
            case "encoded":
                token = request.query_string.partition("validationToken=")[2]
            case "html":
                return web.Response(text=token, content_type="text/html")
            case "refused":
                return web.Response(status=403)
            case "accepted":
                return web.Response(status=202, text=token)
        return web.Response(text=token)


@asynccontextmanager
async def open_receiver(authority: trustme.CA) -> AsyncIterator[Receiver]:
    """Receive on a free port while the context is open, certified by the authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    receiver = Receiver("")
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner: Any = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    receiver.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()
