"""One world per module; each test leaves no watch behind."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
import asyncpg
import pytest
import trustme

from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import open_pool
from libs.common.migrate import migrate
from libs.common.runtime import http_task
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import LISTENERS
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.settings import GraphSettings
from services.ingest.handlers.reader import Reader
from services.ingest.loops.subscribe import Terms
from services.ingest.loops.watching import WatchLoop
from services.ingest.web.app import Webhook, create_app
from tests.integration.ingest.oddity import Oddity, open_oddity
from tests.integration.ingest.reading import GRACE_S
from tests.integration.ingest.world import World
from tests.integration.reconciler.spoiler import SpoiledClients
from tests.support.simulator import Simulator

ROOT = Path(__file__).parents[3]
MIGRATIONS = {name: ROOT / f"services/{name}/migrations" for name in ("policy", "ingest", "outbound", "reconciler")}
SECRETS = ["a secret of today, long enough"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def topology() -> Topology:
    consumers = [Consumer(name, types) for name, types in LISTENERS.items()]
    return Topology(consumers, shards=2, ladder=[timedelta(milliseconds=200)] * 3)


@pytest.fixture(scope="module")
def bus(topology: Topology) -> MemoryBus:
    return MemoryBus(topology)


@pytest.fixture(scope="module")
async def webhook_url(
    webhook_authority: trustme.CA, bus: MemoryBus, topology: Topology, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The real webhook over TLS; its origin."""
    directory = tmp_path_factory.mktemp("webhook")
    certificate = webhook_authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(directory / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(directory / "cert.pem")
    port = _free_port()
    app = create_app(Webhook(bus, Codec(CATALOGUE, topology), SECRETS, utc_now), {})
    serve = http_task(
        app, host="127.0.0.1", port=port, certfile=str(directory / "cert.pem"), keyfile=str(directory / "key.pem")
    )
    serving = asyncio.create_task(serve())
    yield f"https://127.0.0.1:{port}"
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


@pytest.fixture(scope="module")
async def shared_world(
    database: str,
    simulator: Simulator,
    webhook_url: str,
    topology: Topology,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    await migrate(database, MIGRATIONS)
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "simulator").write_text(simulator.client_secret)
    (secrets / "revoked").write_text("not the secret of this application")
    settings = GraphSettings(
        secrets_dir=secrets,
        graph_simulator_url=simulator.base_url,
        graph_simulator_login=simulator.authority.rpartition("/")[0],
        graph_ca_file=simulator.ca,
    )
    pool = await open_pool(database, schema="ingest")
    admin = await asyncpg.connect(database)
    async with open_clients(settings, ProcessLimits(0.5)) as clients:
        world = World(
            simulator,
            settings,
            clients,
            pool,
            admin,
            Codec(CATALOGUE, topology),
            Terms(webhook_url, SECRETS, 10_000),
            await simulator.outlook_token(),
        )
        await world.connect(world.connection_id)
        yield world
    await pool.close()
    await admin.close()


@pytest.fixture
async def world(shared_world: World) -> AsyncIterator[World]:
    yield shared_world
    await shared_world.forget()


Start = Callable[[WatchLoop], Awaitable[None]]


@pytest.fixture
async def start(world: World) -> AsyncIterator[Start]:
    """Start a loop, which runs until the test ends."""
    running: list[asyncio.Task[None]] = []

    async def start_loop(loop: WatchLoop) -> None:
        running.append(asyncio.create_task(loop.run()))

    yield start_loop
    for task in running:
        task.cancel()
    ended = await asyncio.gather(*running, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended


@pytest.fixture
def reader(world: World) -> Reader:
    """The reader of the live lane."""
    return Reader(world.pool, world.clients, Lane.LIVE, GRACE_S, 16)


@pytest.fixture
async def oddity(world: World) -> AsyncIterator[Oddity]:
    async with open_oddity(world.simulator) as oddity:
        yield oddity


@pytest.fixture
async def odd_reader(world: World, oddity: Oddity) -> AsyncIterator[Reader]:
    """A reader to whom Graph is as odd as `oddity` says."""
    async with aiohttp.ClientSession() as http:
        yield Reader(world.pool, SpoiledClients(world.settings, http, oddity.url), Lane.LIVE, GRACE_S, 16)
