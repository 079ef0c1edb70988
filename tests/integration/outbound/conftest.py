"""Outbound under test: one database for a module, an empty Microsoft 365 for each test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from libs.common.db import Pool, open_pool
from libs.common.migrate import migrate
from libs.graph.clients import ProcessLimits, open_clients
from tests.contract.graph.tenant import SECRET, settings_for
from tests.contract.graphsim.graph import Graph
from tests.integration.outbound.mailing import Mailing, Open, mailing
from tests.integration.outbound.world import World
from tests.support.simulator import Simulator

SERVICES = Path(__file__).parents[3] / "services"


@pytest_asyncio.fixture(scope="module")
async def migrated(database: str) -> str:
    await migrate(database, {name: SERVICES / name / "migrations" for name in ("policy", "ingest", "outbound")})
    return database


@pytest_asyncio.fixture(scope="module")
async def pool(migrated: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated, schema="outbound")
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def world(simulator: Simulator, migrated: str, pool: Pool, tmp_path: Path) -> AsyncIterator[World]:
    await simulator.reset()
    await simulator.ask("PUT", "/options", {"mail_delay": [0, 0.02], "response_delay": [0, 0.02]})
    (tmp_path / SECRET).write_text(simulator.client_secret)
    outlook = Graph(simulator.http, simulator.base_url, await simulator.outlook_token())
    admin = await asyncpg.connect(migrated)
    async with open_clients(settings_for(simulator, tmp_path), ProcessLimits(0.5)) as clients:
        yield World(simulator, outlook, pool, admin, clients)
    await admin.close()
    await simulator.reset()


@pytest_asyncio.fixture
async def no_mails(pool: Pool) -> None:
    """Nothing is left of the mails that were asked for before."""
    await pool.execute("TRUNCATE waiting, outbox, inbox, mails")


@pytest.fixture
def opened(world: World, migrated: str, amqp_url: str, tmp_path: Path, pool: Pool) -> Open:
    """Run outbound with a mail server, as often as a test needs it."""

    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[Mailing]:
        async with mailing(world.sim, migrated, amqp_url, tmp_path, pool, **settings) as running:
            yield running

    return run
