"""Outbound tells whether it has a mail server, and since when that is so, however often it is started."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from libs.common.bus.memory import MemoryBus
from libs.common.db import Pool
from services.bus import topology
from services.outbound.settings import OutboundSettings
from services.outbound.wiring import open_service

SERVED = {"smtp_url": "smtp://127.0.0.1:25?starttls=off", "mail_sender": "rooms@example.org"}


@pytest.fixture(autouse=True)
async def never_started(pool: Pool) -> AsyncIterator[None]:
    yield
    await pool.execute("TRUNCATE mail_setup")


async def told(pool: Pool) -> tuple[bool, datetime]:
    [row] = await pool.fetch("SELECT is_set_up, since FROM mail_setup_v1")
    return row["is_set_up"], row["since"]


async def start(database: str, **settings: Any) -> None:
    read = OutboundSettings(postgres_url=database, **settings)
    async with open_service(read, MemoryBus(topology(read))):
        pass


async def test_nothing_is_told_before_the_first_start(pool: Pool) -> None:
    assert await pool.fetch("SELECT FROM mail_setup_v1") == []


async def test_starting_tells_whether_there_is_a_mail_server_and_starting_again_keeps_since_when(
    pool: Pool, migrated: str
) -> None:
    await start(migrated)
    first = await told(pool)
    await start(migrated)
    second = await told(pool)
    await start(migrated, **SERVED)
    third = await told(pool)
    await start(migrated, **SERVED)
    fourth = await told(pool)
    await start(migrated)
    fifth = await told(pool)

    assert first[0] is False
    assert second == first
    assert third[0] is True
    assert third[1] > first[1]
    assert fourth == third
    assert fifth[0] is False
    assert fifth[1] > third[1]
