"""A service's database with an inbox and an outbox, its messages, and a bus to put them on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import BaseModel

from libs.common.bus.memory import MemoryBus
from libs.common.codec import Codec
from libs.common.db import Pool, open_pool
from libs.common.migrate import migrate
from libs.common.topology import Consumer, Lane, Topology

MIGRATIONS = {"desk": Path(__file__).parent / "desk"}


class Seen(BaseModel):
    """A message that somebody must listen to."""

    type: ClassVar[str] = "seen.v1"
    is_open: ClassVar[bool] = False

    key: str
    number: int = 0

    @property
    def shard_key(self) -> str:
        return self.key


class Noted(Seen):
    """Another one."""

    type: ClassVar[str] = "noted.v1"


class Announced(Seen):
    """One that nobody need listen to."""

    type: ClassVar[str] = "announced.v1"
    is_open: ClassVar[bool] = True


class Unheard(Seen):
    """One that nobody listens to, although somebody must."""

    type: ClassVar[str] = "unheard.v1"


CATALOGUE: dict[str, type[BaseModel]] = {each.type: each for each in (Seen, Noted, Announced, Unheard)}


@pytest_asyncio.fixture(scope="module")
async def migrated(database: str) -> str:
    """The URL of a database in which the service `desk` may write."""
    await migrate(database, MIGRATIONS)
    return database


@pytest_asyncio.fixture
async def pool(migrated: str) -> AsyncIterator[Pool]:
    async with await open_pool(migrated, schema="desk") as pool:
        await pool.execute("TRUNCATE inbox, outbox, messages_in_hand, effects")
        yield pool


@pytest.fixture
def topology() -> Topology:
    return Topology(
        consumers=[Consumer("reader", ("seen.v1", "noted.v1"), lanes=(Lane.LIVE, Lane.BULK))],
        shards=2,
        namespace=f"test-{uuid4().hex[:8]}",
        ladder=(),
    )


@pytest.fixture
def codec(topology: Topology) -> Codec:
    return Codec(CATALOGUE, topology)


@pytest.fixture
def memory(topology: Topology) -> MemoryBus:
    return MemoryBus(topology)
