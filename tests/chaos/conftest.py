"""Private servers to kill and to freeze; each test leaves them running."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.local.postgres import installed_postgres, postgres_server
from deploy.local.rabbitmq import installed_rabbitmq, rabbitmq_server
from deploy.local.server import Server
from libs.common.topology import Consumer, Lane, Topology


@pytest_asyncio.fixture(scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    if installed_rabbitmq() is None:
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
    async with rabbitmq_server(tmp_path_factory.mktemp("broker")) as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    if installed_postgres() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    async with postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest_asyncio.fixture
async def mortal(broker: Server) -> AsyncIterator[Server]:
    """The broker, running again afterwards whatever the test did to it."""
    async with AsyncExitStack():
        yield broker
        broker.resume()
        if not broker.is_running:
            await broker.restart()


@pytest.fixture
def topology() -> Topology:
    return Topology(
        consumers=[Consumer("reader", ("seen.v1",), lanes=(Lane.LIVE, Lane.BULK))],
        shards=4,
        namespace=f"test-{uuid4().hex[:8]}",
        ladder=(timedelta(milliseconds=300),),
    )
