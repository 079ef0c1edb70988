"""Our client as the application of the simulated tenant."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import trustme

from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients, ProcessLimits, open_clients
from libs.graph.settings import GraphSettings
from tests.contract.graph.tenant import SECRET, settings_for, tenancy
from tests.contract.graphsim.graph import Graph
from tests.contract.graphsim.receiver import Receiver, open_receiver
from tests.support.simulator import Simulator


@pytest_asyncio.fixture
async def sim(simulator: Simulator) -> AsyncIterator[Simulator]:
    """The simulator with an empty world and no special settings, before and after."""
    await simulator.reset()
    yield simulator
    await simulator.reset()


@pytest.fixture
def secrets_dir(simulator: Simulator, tmp_path: Path) -> Path:
    """A directory of credentials with the application's secret in it."""
    (tmp_path / SECRET).write_text(simulator.client_secret)
    return tmp_path


@pytest.fixture
def graph_settings(simulator: Simulator, secrets_dir: Path) -> GraphSettings:
    # A process has a quarter of the requests at a time: here as many as Graph allows, which it has for itself.
    return settings_for(simulator, secrets_dir).model_copy(update={"graph_requests_per_mailbox": 16})


@pytest_asyncio.fixture
async def clients(graph_settings: GraphSettings) -> AsyncIterator[GraphClients]:
    async with open_clients(graph_settings, ProcessLimits(0.5)) as clients:
        yield clients


@pytest.fixture
def client(sim: Simulator, clients: GraphClients) -> GraphClient:
    return clients.of(tenancy(sim))


@pytest_asyncio.fixture
async def outlook(sim: Simulator) -> Graph:
    """Graph as Outlook, acting for anybody."""
    return Graph(sim.http, sim.base_url, await sim.outlook_token())


@pytest_asyncio.fixture
async def receiver(webhook_authority: trustme.CA) -> AsyncIterator[Receiver]:
    async with open_receiver(webhook_authority) as receiving:
        yield receiving
