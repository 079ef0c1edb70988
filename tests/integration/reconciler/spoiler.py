"""Graph as it should not be: passes calls on to the simulator and spoils the listings on their way back."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from libs.graph.auth import Tokens
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients, ProcessLimits
from libs.graph.cloud import Tenancy, cloud_of
from libs.graph.limiter import Allowance, Limiter
from libs.graph.settings import GraphSettings

Json = dict[str, Any]


def as_it_is(events: list[Json]) -> list[Json]:
    return events


@dataclass
class Spoiler:
    """`spoil` is what becomes of the events of every answer that has any whose path `where` is part of."""

    url: str = ""
    where: str = ""
    spoil: Callable[[list[Json]], list[Json]] = as_it_is


class SpoiledClients(GraphClients):
    """Clients that call the spoiler, with tokens for what is behind it."""

    def __init__(self, settings: GraphSettings, http: aiohttp.ClientSession, url: str) -> None:
        super().__init__(settings, http, ProcessLimits(0.5), lambda *_: None)
        self._spoiled = (settings, http, url)

    def of(self, tenancy: Tenancy) -> GraphClient:
        settings, http, url = self._spoiled
        cloud = cloud_of(tenancy, settings)
        tokens = Tokens(tenancy, cloud, settings.secrets_dir, settings.graph_ca_file)
        limiter = Limiter(Allowance(4, 9500))
        return GraphClient(replace(cloud, graph=url), tokens, http, limiter)


@asynccontextmanager
async def open_spoiler(base_url: str, trust: ssl.SSLContext) -> AsyncIterator[Spoiler]:
    spoiler = Spoiler()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as http:

        async def pass_on(request: web.Request) -> web.Response:
            kept = {name: request.headers[name] for name in ("Authorization", "Prefer") if name in request.headers}
            url = URL(base_url + request.raw_path, encoded=True)
            async with http.request(request.method, url, data=await request.read(), headers=kept) as answer:
                body = await answer.json(content_type=None)
                if spoiler.where in request.path and isinstance(body, dict) and "value" in body:
                    body["value"] = spoiler.spoil(body["value"])
                return web.json_response(body, status=answer.status)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", pass_on)
        async with TestServer(app) as server:
            spoiler.url = str(server.make_url("")).rstrip("/")
            yield spoiler
