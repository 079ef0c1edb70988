"""One set of services for a module, and a world of its own for each test."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest_asyncio

from libs.common.migrate import migrate
from tests.integration.reconciler.opening import open_world
from tests.integration.reconciler.spoiler import SpoiledClients, Spoiler, open_spoiler
from tests.integration.reconciler.world import World
from tests.support.simulator import Simulator

SERVICES = Path(__file__).parents[3] / "services"


@pytest_asyncio.fixture(scope="module")
async def migrated(database: str) -> str:
    """A database with the tables of every service."""
    await migrate(
        database, {name: SERVICES / name / "migrations" for name in ("policy", "ingest", "outbound", "reconciler")}
    )
    return database


@pytest_asyncio.fixture
async def world(migrated: str, simulator: Simulator, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(migrated, simulator, tmp_path) as world:
        await world.connect()
        yield world
        await world.close()


@pytest_asyncio.fixture
async def spoiler(simulator: Simulator) -> AsyncIterator[Spoiler]:
    async with open_spoiler(simulator.base_url, simulator.trust) as spoiler:
        yield spoiler


@pytest_asyncio.fixture
async def spoiled(world: World, spoiler: Spoiler) -> AsyncIterator[World]:
    """A world whose reconciler sees Graph through the spoiler; everybody else sees it as it is."""
    async with aiohttp.ClientSession() as http:
        clients = SpoiledClients(world.settings, http, spoiler.url)
        world.sweeper = replace(world.sweeper, clients=clients)
        yield world
