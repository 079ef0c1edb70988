"""What is remembered of intents, statement by statement, on a real database."""

import asyncio
from uuid import uuid4

from libs.common.db import Connection, Pool, database_now
from libs.contracts.keys import Key, MeetingKey
from libs.contracts.messages import IntentSettled, Settlement
from services.outbound.store import connections, intents
from tests.integration.outbound.world import World


def any_key() -> Key:
    return MeetingKey(uuid4(), "uid-1")


async def noted(pool: Pool, generation: int = 1) -> Key:
    key = any_key()
    async with pool.acquire() as conn:
        await intents.note(conn, [(key, generation)])
    return key


async def begun(pool: Pool, key: Key, answer: str | None = "accepted", generation: int = 1) -> bool:
    async with pool.acquire() as conn:
        return await intents.begin(conn, key, generation, answer)


async def test_the_newest_generation_never_goes_down(pool: Pool) -> None:
    key = any_key()
    async with pool.acquire() as conn:
        found = [
            await intents.note(conn, [(key, each) for each in generations]) for generations in ([2], [1], [3, 5, 4], [])
        ]
        assert await intents.newest(conn, key) == 5
    assert [each[key].newest if each else None for each in found] == [2, 2, 5, None]


async def test_of_many_who_note_a_key_one_finds_it_new(pool: Pool) -> None:
    key = any_key()

    async def note() -> bool:
        async with pool.acquire() as conn:
            return (await intents.note(conn, [(key, 1)]))[key].is_new

    assert sum(await asyncio.gather(*(note() for _ in range(8)))) == 1
    assert not await note()


async def test_many_who_note_the_same_keys_do_not_block_each_other(pool: Pool) -> None:
    keys = [any_key() for _ in range(20)]

    async def note(generation: int) -> None:
        order = keys if generation % 2 else keys[::-1]
        async with pool.acquire() as conn:
            await intents.note(conn, [(each, generation) for each in order])

    await asyncio.gather(*map(note, range(1, 21)))
    async with pool.acquire() as conn:
        assert {await intents.newest(conn, each) for each in keys} == {20}


async def awaits(conn: Connection, key: Key, answer: str) -> bool:
    """Whether this answer was the last one sent, and may still appear."""
    sent = await intents.sent(conn, key)
    return sent is not None and sent.name == answer and sent.awaited_until > await database_now(conn)


async def test_of_many_who_begin_the_same_answer_one_does(pool: Pool) -> None:
    key = await noted(pool)
    assert sum(await asyncio.gather(*(begun(pool, key) for _ in range(8)))) == 1


async def test_an_answer_begun_is_awaited_for_a_while_and_no_other_is(pool: Pool) -> None:
    key = await noted(pool)
    assert await begun(pool, key)
    async with pool.acquire() as conn:
        assert await awaits(conn, key, "accepted")
        assert not await awaits(conn, key, "declined")
        assert not await awaits(conn, MeetingKey(key.space_id, "uid-2"), "accepted")


async def test_another_answer_can_begin_at_once_and_ends_the_wait_for_the_first(pool: Pool) -> None:
    key = await noted(pool)
    assert await begun(pool, key, "accepted")
    assert await begun(pool, key, "declined")
    async with pool.acquire() as conn:
        assert not await awaits(conn, key, "accepted")


async def test_the_wait_outlives_a_newer_generation(pool: Pool) -> None:
    key = await noted(pool)
    assert await begun(pool, key)
    async with pool.acquire() as conn:
        await intents.note(conn, [(key, 2)])
        assert await awaits(conn, key, "accepted")
    assert not await begun(pool, key, generation=2)


async def test_a_refused_answer_can_begin_again_at_once(pool: Pool) -> None:
    key = await noted(pool)
    assert await begun(pool, key)
    async with pool.acquire() as conn:
        await intents.record_refusal(conn, key, "declined")
        assert await awaits(conn, key, "accepted")
        await intents.record_refusal(conn, key, "accepted")
    assert await begun(pool, key)


async def test_an_answer_of_unknown_fate_is_awaited_from_then_on(pool: Pool) -> None:
    key = await noted(pool)
    assert await begun(pool, key)
    async with pool.acquire() as conn:
        await conn.execute("UPDATE intents SET awaited_until = clock_timestamp() WHERE space_id = $1", key.space_id)
        assert not await awaits(conn, key, "accepted")
        await intents.record_no_response(conn, key)
        assert await awaits(conn, key, "accepted")


async def test_what_was_overtaken_does_not_begin(pool: Pool) -> None:
    key = await noted(pool, 2)
    assert not await begun(pool, key, generation=1)
    assert not await begun(pool, key, None, generation=1)
    assert await begun(pool, key, None, generation=2)


async def test_a_write_that_ends_no_wait_writes_nothing_down(pool: Pool) -> None:
    key = await noted(pool)
    where = "SELECT ctid FROM intents WHERE space_id = $1"
    before = await pool.fetchval(where, key.space_id)

    assert await begun(pool, key, None)
    assert await pool.fetchval(where, key.space_id) == before

    assert await begun(pool, key, "accepted")
    assert await begun(pool, key, None)
    async with pool.acquire() as conn:
        assert not await awaits(conn, key, "accepted")


async def test_only_the_newest_generation_is_settled(pool: Pool) -> None:
    key = await noted(pool, 2)
    async with pool.acquire() as conn:
        now = await conn.fetchval("SELECT clock_timestamp()")
        for generation, settlement in ((1, Settlement.SUPERSEDED), (2, Settlement.DONE)):
            await intents.settle(
                conn,
                IntentSettled(
                    key=key,
                    generation=generation,
                    settlement=settlement,
                    has_written=True,
                    settled_at=now,
                ),
            )
            found = await conn.fetchval("SELECT settlement FROM intents WHERE space_id = $1", key.space_id)
            assert found == (None if generation == 1 else "done")
        await intents.note(conn, [(key, 3)])
        assert await conn.fetchval("SELECT settlement FROM intents WHERE space_id = $1", key.space_id) is None


async def test_a_connection_is_read_from_policys_view(world: World, pool: Pool) -> None:
    room = await world.room(edits_organizer_events=True)
    async with pool.acquire() as conn:
        found = await connections.read(conn, room.connection_id)
        assert await connections.read(conn, uuid4()) is None
    assert found is not None
    assert found.edits_organizer_events
    assert (found.tenancy.cloud, found.tenancy.credentials) == ("simulator", ("tenant",))
