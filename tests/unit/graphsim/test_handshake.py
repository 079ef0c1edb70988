"""A handshake that is refused has ended: nothing of it is under way any more."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.graphsim.delivery.handshake import Handshake
from tests.graphsim.refusals import CallRefused


async def test_both_addresses_have_been_asked_to_the_end_when_one_of_them_refuses() -> None:
    under_way = 0
    tracing, for_ever = aiohttp.TraceConfig(), asyncio.Event()

    async def on_start(*_: object) -> None:
        nonlocal under_way
        under_way += 1

    async def on_end(*_: object) -> None:
        nonlocal under_way
        under_way -= 1

    tracing.on_request_start.append(on_start)
    tracing.on_request_end.append(on_end)
    tracing.on_request_exception.append(on_end)

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=403)

    async def stay_silent(_: web.Request) -> web.Response:
        await for_ever.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/refuses", refuse)
    app.router.add_post("/silent", stay_silent)
    async with TestServer(app) as server, aiohttp.ClientSession(trace_configs=[tracing]) as session:
        handshake = Handshake(lambda: session, lambda: 0.3)

        with pytest.raises(CallRefused, match="not 403"):
            await handshake.both(str(server.make_url("/refuses")), None, str(server.make_url("/silent")))

        for_ever.set()
        assert under_way == 0
