"""What belongs to one key is found by an index, however many keys a space has had."""

from uuid import UUID, uuid4

import pytest

from libs.contracts.keys import Key, MeetingKey, ReservationKey, columns_of
from services.policy.store.keys import OF_KEY
from tests.integration.policy.ledger import Ledger

SOME = UUID(int=7)


@pytest.fixture(scope="module")
async def crowded(ledger: Ledger) -> UUID:
    """A space with thousands of intents."""
    room = await ledger.room()
    await ledger.admin.execute(
        """
        INSERT INTO intents (
            space_id, key_ical_uid, key_reservation_id, generation, wanted_since, wanted, state, issued_at, ical_uid,
            ends_at
        )
        SELECT $1, CASE WHEN number % 2 = 0 THEN 'uid-' || number END,
            CASE WHEN number % 2 = 1 THEN gen_random_uuid() END, 1, 1, '{}', 'written', now(), 'hold-' || number,
            now()
        FROM generate_series(1, 8000) AS number
        """,
        room.id,
    )
    await ledger.admin.execute("ANALYZE intents")
    return room.id


@pytest.mark.parametrize(
    ("key", "index", "condition"),
    [
        (MeetingKey(SOME, "uid-8"), "one_intent_per_key", "(key_ical_uid = "),
        (ReservationKey(SOME, SOME), "intents_of_holds", "Index Cond: (key_reservation_id = "),
    ],
    ids=["meeting", "reservation"],
)
async def test_an_intent_is_found_by_the_index_of_its_key(
    ledger: Ledger, crowded: UUID, key: Key, index: str, condition: str
) -> None:
    _, ical_uid, original_date, reservation_id = columns_of(key)

    async with ledger.pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        statement = f"EXPLAIN UPDATE intents SET detail = NULL WHERE {OF_KEY}"
        plan = await conn.fetch(statement, crowded, ical_uid, original_date, reservation_id)

    text = "\n".join(line for (line,) in plan)
    assert index in text, text
    assert condition in text, text
    assert "Seq Scan" not in text, text


async def test_one_key_has_one_intent_also_where_a_column_is_null(ledger: Ledger) -> None:
    room = await ledger.room()
    statement = """
        INSERT INTO intents AS known
            (space_id, key_ical_uid, generation, wanted_since, wanted, state, issued_at, ends_at)
        VALUES ($1, $2, 1, 1, '{}', 'issued', now(), now())
        ON CONFLICT (space_id, key_ical_uid, key_original_date, key_reservation_id)
        DO UPDATE SET generation = known.generation + 1 RETURNING generation
    """
    uid = str(uuid4())

    assert [await ledger.admin.fetchval(statement, room.id, uid) for _ in range(3)] == [1, 2, 3]
