"""The adapters under contract, and a topology with a ladder that is quick to climb."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from libs.common.bus.journal import PostgresJournal
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Bus
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.db import Pool, open_pool
from libs.common.migrate import migrate
from libs.common.topology import Consumer, Lane, Topology
from services.schemas import BUS_SCHEMA

LADDER = (timedelta(milliseconds=150), timedelta(milliseconds=400))


@dataclass(frozen=True)
class System:
    """One bus that outlives those who use it: each `open` is another process's view of it."""

    topology: Topology
    open: Callable[[], AbstractAsyncContextManager[Bus]]


def a_topology() -> Topology:
    """Two consumers; messages of the type `noted.v1` go to both."""
    return Topology(
        consumers=[
            Consumer("reader", ("seen.v1", "noted.v1"), lanes=(Lane.LIVE, Lane.BULK)),
            Consumer("clerk", ("noted.v1",)),
        ],
        shards=2,
        namespace=f"test-{uuid4().hex[:8]}",
        ladder=LADDER,
    )


def on_rabbitmq(url: str) -> System:
    topology = a_topology()
    return System(topology, lambda: open_rabbitmq(url, topology))


def in_memory() -> System:
    topology = a_topology()
    bus = MemoryBus(topology)

    @asynccontextmanager
    async def the_only_one() -> AsyncIterator[Bus]:
        yield bus

    return System(topology, the_only_one)


def in_memory_with_journal(pool: Pool) -> System:
    topology = a_topology()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Bus]:
        bus = MemoryBus(topology, PostgresJournal(pool))
        await bus.open()
        try:
            yield bus
        finally:
            bus.close()

    return System(topology, opened)


@pytest_asyncio.fixture(scope="module")
async def journal_pool(database: str) -> AsyncIterator[Pool]:
    await migrate(database, BUS_SCHEMA)
    async with await open_pool(database, schema="bus") as pool:
        yield pool


@pytest_asyncio.fixture
async def clean_journal(journal_pool: Pool) -> Pool:
    await journal_pool.execute("DELETE FROM deliveries")
    return journal_pool


@pytest.fixture(params=["rabbitmq", "memory", "journal"])
def system(request: pytest.FixtureRequest) -> System:
    match request.param:
        case "rabbitmq":
            return on_rabbitmq(request.getfixturevalue("amqp_url"))
        case "memory":
            return in_memory()
        case _:
            return in_memory_with_journal(request.getfixturevalue("clean_journal"))


@pytest.fixture(params=["rabbitmq", "journal"])
def durable(request: pytest.FixtureRequest) -> System:
    """A bus that outlives the process which uses it."""
    if request.param == "rabbitmq":
        return on_rabbitmq(request.getfixturevalue("amqp_url"))
    return in_memory_with_journal(request.getfixturevalue("clean_journal"))


@pytest.fixture(params=["rabbitmq", "memory"])
def shared(request: pytest.FixtureRequest) -> System:
    """A bus that several may use at once; a journal belongs to one process."""
    return on_rabbitmq(request.getfixturevalue("amqp_url")) if request.param == "rabbitmq" else in_memory()


@pytest_asyncio.fixture
async def bus(system: System) -> AsyncIterator[Bus]:
    async with system.open() as bus:
        yield bus
