"""What stands in front of a real server and ends TLS, as a proxy does: by its own certificate, and its own clock."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web

HOST = "127.0.0.1"
_OF_A_CONNECTION = frozenset({"connection", "content-encoding", "content-length", "date", "host", "transfer-encoding"})


@dataclass(frozen=True)
class TlsFront:
    """A proxy to a server. Its certificate is `old` and ends after `left`; its clock is `fast` by so much.

    `trusted` is what the server behind it has to be trusted by.
    """

    server: str
    trusted: Path
    left: timedelta = timedelta(days=300)
    old: timedelta = timedelta(days=65)
    fast: timedelta = timedelta()
    authority: trustme.CA = field(default_factory=trustme.CA)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Listen, and return the address."""
        now = datetime.now(UTC)
        certificate = self.authority.issue_cert(HOST, not_before=now - self.old, not_after=now + self.left)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, 0, ssl_context=context)
            await site.start()
            yield f"https://{HOST}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _pass_on(self, asked: web.Request) -> web.Response:
        trust = ssl.create_default_context(cafile=self.trusted)
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _OF_A_CONNECTION}
        async with (
            aiohttp.ClientSession(trust_env=False) as http,
            http.request(
                asked.method,
                self.server + asked.path_qs,
                headers=headers,
                data=await asked.read(),
                ssl=trust,
                allow_redirects=False,
            ) as answer,
        ):
            body = await answer.read()
            given = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_A_CONNECTION}
        given["Date"] = format_datetime(datetime.now(UTC) + self.fast, usegmt=True)
        return web.Response(status=answer.status, headers=given, body=body)
