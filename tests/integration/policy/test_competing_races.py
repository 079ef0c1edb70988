"""However many competitors are approved at once, no two that overlap are booked."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from libs.common.db import Pool, open_pool
from services.policy.commands.undecidable import AlreadyDecided
from services.policy.store.questions import ShownQuestion
from tests.integration.policy.competing import (
    asked,
    contested,
    deciding,
    reserve,
    statuses,
)
from tests.integration.policy.ledger import Ledger, window

CONTENDERS = 20


@pytest.fixture(scope="module")
async def many(database: str, ledger: Ledger) -> AsyncIterator[Pool]:
    """Connections of their own for administrators, so that no queue puts them in an order before the database does."""
    pool = await open_pool(database, schema="policy", max_size=CONTENDERS)
    yield pool
    await pool.close()


async def approve(pool: Pool, question: ShownQuestion) -> bool:
    """Approve a question on a connection of its own; return whether it was not decided before."""
    try:
        async with pool.acquire() as conn, conn.transaction():
            await deciding(conn, question)
    except AlreadyDecided:
        return False
    return True


async def test_of_twenty_competitors_approved_at_once_in_a_hall_and_its_halves_no_two_are_booked(
    ledger: Ledger, many: Pool
) -> None:
    left, right = await contested(ledger), await contested(ledger)
    hall = await contested(ledger, parts=[left, right])
    rooms = [left, hall, right, hall]
    for number in range(CONTENDERS):
        await reserve(ledger, rooms[number % 4], window(9 + number % 3 / 4))
    found = [each for room in (left, right, hall) for each in await asked(ledger, room)]
    assert len(found) == CONTENDERS

    approved = await asyncio.gather(*(approve(many, each) for each in found))

    confirmed = [len(await ledger.reservations(room, "confirmed")) for room in (left, right, hall)]
    assert confirmed in ([0, 0, 1], [1, 1, 0])
    assert approved.count(True) == sum(confirmed)
    assert [await asked(ledger, room) for room in (left, right, hall)] == [[], [], []]


async def test_of_twenty_competitors_for_one_room_approved_at_once_one_is_booked(ledger: Ledger, many: Pool) -> None:
    room = await contested(ledger)
    for _ in range(CONTENDERS):
        await reserve(ledger, room, window(9))
    found = await asked(ledger, room)
    assert len(found) == CONTENDERS

    approved = await asyncio.gather(*(approve(many, each) for each in found))

    assert approved.count(True) == 1
    assert await statuses(ledger, room) == ["confirmed", *["declined"] * (CONTENDERS - 1)]
