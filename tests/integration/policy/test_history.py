"""What a decision or a sweep reads of a room with a long past: no more than of one without any."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest

from libs.common.clock import utc_now
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Window
from services.policy.store import fillings, reading, reservations, slices
from tests.integration.policy.ledger import Ledger, Room, window
from tests.support.history import write_past

BOOKINGS = 20_000
FEW = 150
"""Blocks of the database that a statement may touch, whatever the past of the room: each has dozens of rows."""

NO_WINDOW = slices._search_range(None)


@pytest.fixture(scope="module")
async def old_room(ledger: Ledger) -> Room:
    """A room with a long past beside another, so that no index helps that does not know rooms apart."""
    old, older = await ledger.room(), await ledger.room()
    for room in (old, older):
        await write_past(ledger.admin, room.id, BOOKINGS, utc_now())
        await ledger.admin.execute("INSERT INTO fillings (space_id) VALUES ($1)", room.id)
    return old


async def touched(ledger: Ledger, statement: str, *parameters: object) -> int:
    """Run a statement and return how many blocks it touched."""
    plan = await ledger.pool.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *parameters)
    (root,) = [each["Plan"] for each in orjson.loads(plan)]
    return int(root["Shared Hit Blocks"]) + int(root["Shared Read Blocks"])


def _cases(space_id: UUID) -> Sequence[tuple[str, str, tuple[object, ...]]]:
    nobody, uid = uuid4(), f"past-{space_id}-4"
    return (
        ("an absence", slices._OF_MEETING, (space_id, NO_WINDOW, uid, None, None)),
        ("a cancellation", slices._OF_RESERVATION, (space_id, NO_WINDOW, nobody)),
        (
            "a request",
            slices._OF_MEETING,
            (space_id, slices._search_range(window(9)), "unheard of", None, nobody),
        ),
        ("expectations", "SELECT * FROM expectations_v1 WHERE space_id = $1", (space_id,)),
        ("what is to be held", fillings._NEXT, (space_id, 25)),
        ("what is to be released", reservations._KEPT_LONGER_THAN, (timedelta(hours=1),)),
        (
            "a list",
            reading.PAGE,
            reading.page_parameters(reading.Wanted(space_id=space_id, ends_after=utc_now()), None, 100),
        ),
    )


@pytest.mark.parametrize("number", range(7))
async def test_a_statement_touches_only_what_can_still_matter(ledger: Ledger, old_room: Room, number: int) -> None:
    what, statement, parameters = _cases(old_room.id)[number]
    assert await touched(ledger, statement, *parameters) < FEW, what


async def test_without_a_window_nothing_taken_is_read(ledger: Ledger, old_room: Room) -> None:
    async with ledger.pool.acquire() as conn:
        key = MeetingKey(old_room.id, f"past-{old_room.id}-4")
        absent = await slices.of_meeting(conn, key, None, None)
        around = await slices.of_meeting(conn, key, Window(start=utc_now(), end=utc_now()), None)

    assert absent.taken == []
    assert absent.reservation is not None
    assert 0 < len(around.taken) < FEW
