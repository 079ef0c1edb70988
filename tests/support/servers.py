"""Real servers for tests: one PostgreSQL and one RabbitMQ for a run, and a database for whoever asks.

They are what `deploy.local` would use on this machine: those the environment names, or private ones. Where there is
neither RabbitMQ nor the right to install it, tests that need it are skipped, unless ``STACK=real`` says otherwise.
"""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.machine import Servers, open_servers
from deploy.local.options import Mode
from deploy.local.own import own_database


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """The servers of this run; an own database and an own virtual host on them, both empty."""
    wanted = Mode(os.environ.get("STACK") or Mode.AUTO)
    async with open_servers(wanted, tmp_path_factory.mktemp("servers"), os.environ, print) as servers:
        yield servers


@pytest.fixture(scope="session")
def postgres_url(servers: Servers) -> str:
    """A PostgreSQL on which databases can be made."""
    return servers.postgres_url


@pytest.fixture(scope="session")
def amqp_url(servers: Servers) -> str:
    """A virtual host of this run; tests keep apart by a namespace of their own."""
    if servers.amqp_url is None:
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
    return servers.amqp_url


@pytest_asyncio.fixture(scope="module")
async def database(postgres_url: str) -> AsyncIterator[str]:
    """An empty database for one module."""
    async with own_database(postgres_url) as url:
        yield url
