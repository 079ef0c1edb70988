import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.graphsim.control import settings
from tests.graphsim.control.mailboxes import add_mailbox
from tests.graphsim.exchange import attendant
from tests.graphsim.exchange.world import ExchangeOptions, World
from tests.graphsim.graph.calendar_routes import routes
from tests.graphsim.graph.mailbox_settings import MailboxSettingCalls
from tests.graphsim.graph.overlays import Overlays
from tests.graphsim.graph.refusing import refusing
from tests.graphsim.graph.users import Users
from tests.unit.graphsim.outlook import Outlook

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"
NOVEMBER = datetime(2026, 11, 24, 8, tzinfo=UTC)
BIRCH, CEDAR = "birch@example.org", "cedar@example.org"


@pytest.fixture
def world() -> World:
    opened = time.monotonic()
    made = World(attendant.receive, clock=lambda: NOVEMBER + timedelta(seconds=time.monotonic() - opened))
    made.options = ExchangeOptions(mail_delay=(0.001, 0.004), response_delay=(0, 0.002), attendant_delay=(0.001, 0.004))
    for address in (ADA, BOB, EVE):
        name = address.partition("@")[0].title()
        add_mailbox(made.directory, {"address": address, "display_name": name, "kind": "user"})
    for address in (BIRCH, CEDAR):
        add_room(made, address, automate="AutoUpdate")
    return made


def set_options(world: World, **changes: Any) -> None:
    world.options = settings.read(ExchangeOptions, changes, before=world.options)


def add_room(world: World, address: str, **processing: Any) -> None:
    add_mailbox(
        world.directory,
        {
            "address": address,
            "display_name": f"Room {address.partition('@')[0].title()}",
            "kind": "room",
            "capacity": 8,
            "time_zone": "Europe/Berlin",
            "processing": processing,
        },
    )


@pytest.fixture
async def outlook(world: World) -> AsyncIterator[Outlook]:
    app = web.Application(middlewares=[refusing])
    app.add_routes(routes(world, Overlays()))
    app.add_routes(Users(world).routes())
    app.add_routes(MailboxSettingCalls(world).routes())
    async with TestClient(TestServer(app)) as client:
        yield Outlook(world, client)
    world.reset()
