"""An import of a room with many reservations reads each of them a few times, not each for each.

The tables are new, as they are wherever somebody goes live, so PostgreSQL has no statistics of them.
"""

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from libs.common.db import Connection
from services.policy.commands.importing import advance_room
from services.policy.store import fillings, import_items, import_rooms
from services.policy.store.import_rooms import WaitingRoom
from tests.integration.policy.importing import calendar_read
from tests.integration.policy.ledger import Ledger, Room, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.test_imports import mapped

T = TypeVar("T")

RESERVATIONS = 400
MOST_READ = 5 * RESERVATIONS
"""Rows: each reservation with what is known of its hold."""

_REPEAT = """
    INSERT INTO reservations
    SELECT (jsonb_populate_record(r, jsonb_build_object(
        'id', gen_random_uuid(), 'starts_at', r.starts_at + n * interval '1 hour',
        'ends_at', r.ends_at + n * interval '1 hour', 'created_at', now() - interval '1 day'
    ))).*
    FROM reservations r CROSS JOIN generate_series(1, $2) AS n WHERE r.space_id = $1
"""
_ROWS_READ = """
    SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_xact_user_tables
    WHERE schemaname = 'policy' AND relname IN ('reservations', 'intents')
"""


async def test_what_is_to_be_held_or_is_shown_is_found_without_reading_all_for_each(ledger: Ledger) -> None:
    room, import_id = await mapped(ledger)
    await ledger.occupy(room, window(9))
    await ledger.pool.execute(_REPEAT, room.id, RESERVATIONS - 1)
    await ledger.pool.execute("UPDATE import_rooms SET since = clock_timestamp() WHERE space_id = $1", room.id)
    await calendar_read(ledger.pool, room.id)

    async with ledger.pool.acquire() as conn, conn.transaction():
        await _advance_until(conn, room, "holding")
        while await _intents(conn, room) < RESERVATIONS / 2:
            await _advance(conn, room)
        next_few, read = await _counted(conn, fillings.next_to_hold(conn, room.id, 25))
        assert len(next_few) == 25
        assert read <= MOST_READ

        while await fillings.is_unfinished(conn, room.id):
            await _advance(conn, room)
        part = await _due(conn, room)
        _, read = await _counted(conn, import_items.add_held(conn, part))
        assert read <= MOST_READ

        await conn.execute("UPDATE intents SET state = 'written' WHERE space_id = $1", room.id)
        awaited, read = await _counted(conn, import_items.settle_held(conn, part))
        assert awaited == 0
        assert read <= MOST_READ

    assert await _outcomes(ledger, import_id) == {"created_in_outlook": RESERVATIONS}


async def _counted(conn: Connection, reading: Awaitable[T]) -> tuple[T, int]:
    """Return what is read, and how many rows that took."""
    before = await conn.fetchval(_ROWS_READ)
    found = await reading
    return found, await conn.fetchval(_ROWS_READ) - before


async def _intents(conn: Connection, room: Room) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM intents WHERE space_id = $1", room.id)
    return found


async def _advance_until(conn: Connection, room: Room, state: str) -> None:
    for _ in range(10):
        if await conn.fetchval("SELECT state FROM import_rooms WHERE space_id = $1", room.id) == state:
            return
        await _advance(conn, room)
    raise AssertionError(f"The import did not come to {state}.")


async def _advance(conn: Connection, room: Room) -> None:
    await advance_room(conn, await _due(conn, room), PATIENCE)


async def _due(conn: Connection, room: Room) -> WaitingRoom:
    return next(each for each in await import_rooms.due(conn) if each.space_id == room.id)


async def _outcomes(ledger: Ledger, import_id: UUID) -> dict[str, int]:
    rows = await ledger.pool.fetch(
        "SELECT outcome, count(*) AS n FROM import_items WHERE import_id = $1 GROUP BY outcome", import_id
    )
    return {row["outcome"]: row["n"] for row in rows}
