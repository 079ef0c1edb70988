"""What a reservation occupies: the window it has and the one proposed for it, each against everybody else."""

from uuid import UUID

import asyncpg
import pytest

from libs.contracts.values import Window
from services.policy.commands.reservations import ReservationRefused, ReservationRequest, create_reservation
from services.policy.store import reading
from services.policy.store.reading import Among
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.ledger import Ledger, Room, window
from tests.integration.policy.patience import PATIENCE

PURPOSES = ("reserved", "proposed")


async def also_occupy(ledger: Ledger, room: Room, reservation_id: UUID, at: Window, purpose: str = "proposed") -> None:
    await ledger.admin.execute(
        "INSERT INTO occupancies (reservation_id, part_id, purpose, during) "
        "VALUES ($1, $2, $3, tstzmultirange(tstzrange($4, $5)))",
        reservation_id,
        room.id,
        purpose,
        at.start,
        at.end,
    )


async def test_one_reservation_may_hold_two_windows_that_overlap(ledger: Ledger) -> None:
    room = await ledger.room()
    reservation_id = await ledger.occupy(room, window(9))

    await also_occupy(ledger, room, reservation_id, window(9.5))

    found = await ledger.pool.fetchval("SELECT count(*) FROM occupancies WHERE reservation_id = $1", reservation_id)
    assert found == 2


@pytest.mark.parametrize("one", PURPOSES)
@pytest.mark.parametrize("other", PURPOSES)
async def test_two_reservations_never_overlap_whatever_for(ledger: Ledger, one: str, other: str) -> None:
    room = await ledger.room()
    both = [await ledger.occupy(room, window(9)), await ledger.occupy(room, window(11))]
    await ledger.admin.execute("DELETE FROM occupancies WHERE reservation_id = ANY($1)", both)
    await also_occupy(ledger, room, both[0], window(9), one)

    with pytest.raises(asyncpg.ExclusionViolationError, match="no_double_booking"):
        await also_occupy(ledger, room, both[1], window(9.5), other)


async def test_a_proposed_window_is_taken_for_everybody_else(ledger: Ledger) -> None:
    room = await ledger.room()
    await also_occupy(ledger, room, await ledger.occupy(room, window(9)), window(14))

    async with ledger.pool.acquire() as conn, conn.transaction():
        asked = await create_reservation(
            conn, ReservationRequest(room.id, window(14).start, window(14).end, "Board"), PATIENCE, by=ADMINISTRATOR
        )
        spaces = await reading.occupied(conn, window(8, 18), Among())

    assert isinstance(asked, ReservationRefused)
    assert [reason.rule for reason in asked.reasons] == ["availability"]
    [taken] = [each.taken for each in spaces if each.space_id == room.id]
    assert taken == [(at.start, at.end) for at in (window(9), window(14))]


async def test_a_window_may_take_the_place_of_another_in_one_transaction(ledger: Ledger) -> None:
    """Two meetings are swapped: each is proposed the other's time, and both proposals are taken."""
    room = await ledger.room()
    first, second = await ledger.occupy(room, window(9)), await ledger.occupy(room, window(10))

    async with ledger.pool.acquire() as conn, conn.transaction():
        await also_occupy(ledger, room, first, window(12))
        for reservation_id, at in ((first, window(10)), (second, window(9))):
            await conn.execute(
                "UPDATE occupancies SET during = tstzmultirange(tstzrange($2, $3)) "
                "WHERE reservation_id = $1 AND purpose = 'reserved'",
                reservation_id,
                at.start,
                at.end,
            )

    rows = await ledger.pool.fetch("SELECT * FROM occupancies WHERE part_id = $1 ORDER BY lower(during)", room.id)
    assert [row["reservation_id"] for row in rows] == [second, first, first]


async def test_what_is_taken_is_found_by_the_index_that_forbids_double_bookings(ledger: Ledger) -> None:
    rooms = [await ledger.room() for _ in range(3)]
    for room in rooms:
        await ledger.admin.execute(
            """
            WITH made AS (
                INSERT INTO reservations (id, space_id, status, starts_at, ends_at, time_zone, title, origin, outcome,
                    reasons, created_at, updated_at)
                SELECT gen_random_uuid(), $1, 'confirmed', hour, hour + interval '1 hour', 'UTC', 'Many', 'api',
                    'accept', '[]', now(), now()
                FROM generate_series($2::timestamptz, $2::timestamptz + interval '2000 hours', '1 hour') AS hour
                RETURNING id, space_id, starts_at, ends_at
            )
            INSERT INTO occupancies (reservation_id, part_id, purpose, during)
            SELECT id, space_id, 'reserved', tstzmultirange(tstzrange(starts_at, ends_at)) FROM made
            """,
            room.id,
            window(0, day=100).start,
        )
    await ledger.admin.execute("ANALYZE occupancies")

    plan = await ledger.pool.fetch(
        "EXPLAIN SELECT FROM occupancies WHERE part_id = $1 AND during && tstzrange($2, $3)",
        rooms[0].id,
        window(9, day=120).start,
        window(10, day=120).end,
    )

    text = "\n".join(line for (line,) in plan)
    assert "no_double_booking" in text, text
    assert "Index Cond: ((part_id = " in text, text
    assert "during &&" in text.split("Filter:")[0], text
