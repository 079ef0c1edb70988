"""Graph with oddities that the simulator does not have: passes calls on to it, and rewrites what comes back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.support.simulator import Simulator

Json = dict[str, Any]


@dataclass
class Oddity:
    """`rewrite` gets the path of a call and the body of its answer, and returns the body to be sent."""

    url: str = ""
    rewrite: Callable[[str, Json], Json] = lambda _, body: body


@asynccontextmanager
async def open_oddity(simulator: Simulator) -> AsyncIterator[Oddity]:
    oddity = Oddity()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=simulator.trust)) as http:

        async def pass_on(request: web.Request) -> web.Response:
            kept = {name: request.headers[name] for name in ("Authorization", "Prefer") if name in request.headers}
            url = URL(simulator.base_url + request.raw_path, encoded=True)
            async with http.request(request.method, url, data=await request.read(), headers=kept) as answer:
                body = await answer.json(content_type=None)
                return web.json_response(oddity.rewrite(request.path, body), status=answer.status)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", pass_on)
        async with TestServer(app) as server:
            oddity.url = str(server.make_url("")).rstrip("/")
            yield oddity
