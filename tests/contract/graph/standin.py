"""A server in Graph's place, for what the simulated one never says: foreign links, endless answers, junk."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from libs.graph.auth import Tokens
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.cloud import Cloud, cloud_of
from libs.graph.limiter import Allowance, Limiter
from libs.graph.settings import GraphSettings
from tests.contract.graph.tenant import tenancy
from tests.support.simulator import Simulator

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class StandIn:
    """Answers every call with the next of `answers`; the last one stays."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        self.headers.append(dict(request.headers))
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return await answer(request)


def json(body: object, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON."""

    async def answer(_: web.Request) -> web.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=sent)

    return answer


def raw(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Answer with whatever it is."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers=headers)

    return answer


@asynccontextmanager
async def open_standin() -> AsyncIterator[StandIn]:
    """Listen on a free port while the context is open."""
    standin = StandIn("")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", standin.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        standin.url = f"http://{host}:{port}"
        yield standin
    finally:
        await runner.cleanup()


def client_of(
    standin: StandIn, sim: Simulator, settings: GraphSettings, clients: GraphClients, *, at_a_time: int = 4
) -> GraphClient:
    """Make a client that gets its tokens from the simulator and calls the stand-in."""
    login = cloud_of(tenancy(sim), settings)
    tokens = Tokens(tenancy(sim), login, settings.secrets_dir, settings.graph_ca_file)
    cloud = Cloud(login.login, f"{standin.url}/v1.0", is_simulated=True)
    return GraphClient(cloud, tokens, clients.http, Limiter(Allowance(at_a_time, 9500)))
