from collections.abc import AsyncIterator

import pytest_asyncio
import trustme

from tests.contract.graphsim.graph import Graph
from tests.contract.graphsim.microsoft import application_token
from tests.contract.graphsim.receiver import Receiver, open_receiver
from tests.support.simulator import Simulator


@pytest_asyncio.fixture
async def sim(simulator: Simulator) -> AsyncIterator[Simulator]:
    """The simulator with an empty world and no special settings, before and after."""
    await simulator.reset()
    yield simulator
    await simulator.reset()


@pytest_asyncio.fixture
async def graph(sim: Simulator) -> Graph:
    """Graph as our application, which reaches rooms."""
    return Graph(sim.http, sim.base_url, application_token(sim))


@pytest_asyncio.fixture
async def outlook(sim: Simulator) -> Graph:
    """Graph as Outlook, acting for anybody."""
    return Graph(sim.http, sim.base_url, await sim.outlook_token())


@pytest_asyncio.fixture
async def receiver(webhook_authority: trustme.CA) -> AsyncIterator[Receiver]:
    async with open_receiver(webhook_authority) as receiving:
        yield receiving
