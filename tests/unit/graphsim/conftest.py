import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.graphsim.exchange.world import ExchangeOptions, World
from tests.graphsim.graph.calendar_routes import routes
from tests.graphsim.graph.refusing import refusing
from tests.unit.graphsim.outlook import Outlook

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"
NOVEMBER = datetime(2026, 11, 24, 8, tzinfo=UTC)
BIRCH, CEDAR = "birch@example.org", "cedar@example.org"


@pytest.fixture
def world() -> World:
    opened = time.monotonic()
    made = World(clock=lambda: NOVEMBER + timedelta(seconds=time.monotonic() - opened))
    made.options = ExchangeOptions(mail_delay=(0.001, 0.004), response_delay=(0, 0.002), attendant_delay=(0.001, 0.004))
    for address in (ADA, BOB, EVE):
        made.directory.add({"address": address, "display_name": address.partition("@")[0].title(), "kind": "user"})
    for address in (BIRCH, CEDAR):
        add_room(made, address, automate="AutoUpdate")
    return made


def add_room(world: World, address: str, **processing: Any) -> None:
    world.directory.add(
        {
            "address": address,
            "display_name": f"Room {address.partition('@')[0].title()}",
            "kind": "room",
            "capacity": 8,
            "time_zone": "Europe/Berlin",
            "processing": processing,
        }
    )


@pytest.fixture
async def outlook(world: World) -> AsyncIterator[Outlook]:
    app = web.Application(middlewares=[refusing])
    app.add_routes(routes(world))
    async with TestClient(TestServer(app)) as client:
        yield Outlook(world, client)
    world.reset()
