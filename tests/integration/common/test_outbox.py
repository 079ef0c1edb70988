"""The outbox and its relay: in order, soon, once confirmed, by one relay at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from time import monotonic
from uuid import UUID

import asyncpg
import pytest

from deploy.driver.eventually import eventually, throughout
from libs.common import inbox, outbox
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import BrokerUnavailable, Envelope
from libs.common.clock import utc_now
from libs.common.codec import BusMessage, Codec
from libs.common.db import Pool
from libs.common.relay import POLL_S, Relay
from libs.common.retention import INBOX, forget_old
from libs.common.topology import Lane, QueueName, Topology
from tests.integration.common.conftest import Announced, Seen, Unheard
from tests.support.listening import Listener
from tests.support.lock_sessions import end_lock_sessions


async def owe(
    pool: Pool, codec: Codec, *messages: BusMessage, correlation_id: str = "c", lane: Lane = Lane.LIVE
) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await outbox.add(conn, codec, [(each, lane) for each in messages], correlation_id=correlation_id, now=utc_now())


async def owed(pool: Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM outbox")
    return count


class Recording(MemoryBus):
    """A bus that notes each call of `publish`, can be away, and can lose the confirm of what it took."""

    def __init__(self, topology: Topology) -> None:
        super().__init__(topology)
        self.calls: list[list[Envelope]] = []
        self.is_away = False
        self.loses_confirms = 0

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        if self.is_away:
            raise BrokerUnavailable("away")
        self.calls.append(list(envelopes))
        await super().publish(envelopes)
        if self.loses_confirms:
            self.loses_confirms -= 1
            raise BrokerUnavailable("the connection was lost before the confirm")

    @property
    def ids(self) -> list[UUID]:
        return [each.message_id for call in self.calls for each in call]


@pytest.fixture
def recording(topology: Topology) -> Recording:
    return Recording(topology)


@asynccontextmanager
async def relaying(url: str, pool: Pool, bus: MemoryBus) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(Relay(url, "desk", bus).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def all_sent(pool: Pool) -> None:
    async def empty() -> None:
        assert await owed(pool) == 0

    await eventually(empty)


async def test_what_was_owed_before_goes_out_in_order_many_at_a_time(
    migrated: str, pool: Pool, codec: Codec, recording: Recording
) -> None:
    for start in range(0, 500, 50):
        await owe(pool, codec, *(Seen(key="k", number=number) for number in range(start, start + 50)))

    async with relaying(migrated, pool, recording):
        await all_sent(pool)

    sent = [Seen.model_validate_json(each.body).number for call in recording.calls for each in call]
    assert sent == list(range(500))
    assert len(recording.calls) <= 4


async def test_what_people_wait_for_goes_out_before_the_bulk_lane_and_in_the_middle_of_it(
    migrated: str, pool: Pool, codec: Codec, topology: Topology
) -> None:
    await owe(pool, codec, *(Seen(key="k", number=number) for number in range(300)), lane=Lane.BULK)
    await owe(pool, codec, Seen(key="k", number=1000))

    class Interrupted(Recording):
        """A bus during whose second call somebody begins to wait for one more message."""

        async def publish(self, envelopes: Sequence[Envelope]) -> None:
            await super().publish(envelopes)
            if len(self.calls) == 2:
                await owe(pool, codec, Seen(key="k", number=1001))

    recording = Interrupted(topology)
    async with relaying(migrated, pool, recording):
        await all_sent(pool)

    sent = [[Seen.model_validate_json(each.body).number for each in call] for call in recording.calls]
    assert (sent[0], sent[2]) == ([1000], [1001])
    assert [number for call in sent for number in call if number < 1000] == list(range(300))


async def test_a_commit_wakes_the_relay(migrated: str, pool: Pool, codec: Codec, recording: Recording) -> None:
    took: list[float] = []
    async with relaying(migrated, pool, recording):
        await owe(pool, codec, Seen(key="k"))
        await all_sent(pool)
        for _ in range(15):
            before = len(recording.ids)
            began = monotonic()
            await owe(pool, codec, Seen(key="k"))
            while len(recording.ids) == before:
                await asyncio.to_thread(str)  # finer than `eventually` looks
            took.append(monotonic() - began)
            await all_sent(pool)

    assert median(took) < 0.1


async def test_what_was_rolled_back_is_not_sent(migrated: str, pool: Pool, codec: Codec, recording: Recording) -> None:
    async with relaying(migrated, pool, recording):
        async with pool.acquire() as conn:
            rolled_back = conn.transaction()
            await rolled_back.start()
            await outbox.add(conn, codec, [(Seen(key="k"), Lane.LIVE)], correlation_id="c", now=utc_now())
            await rolled_back.rollback()
        await owe(pool, codec, Seen(key="k", number=2))
        await all_sent(pool)

    assert len(recording.ids) == 1


async def test_a_lost_wake_up_is_made_good_by_looking(
    migrated: str, pool: Pool, codec: Codec, recording: Recording
) -> None:
    async with relaying(migrated, pool, recording):
        await owe(pool, codec, Seen(key="k"))
        await all_sent(pool)
        began = monotonic()

        await pool.execute(  # by hand, without the notification
            "INSERT INTO outbox (message_id, type, body, shard, lane, is_open, correlation_id) "
            "VALUES (gen_random_uuid(), 'seen.v1', '{\"key\": \"k\"}', 0, 'live', false, 'c')"
        )
        await all_sent(pool)

    assert monotonic() - began < POLL_S * 3


async def test_a_bus_that_is_away_is_waited_for_and_nothing_is_skipped(
    migrated: str, pool: Pool, codec: Codec, recording: Recording
) -> None:
    recording.is_away = True
    async with relaying(migrated, pool, recording):
        await owe(pool, codec, *(Seen(key="k", number=number) for number in range(5)))

        async def still_owed() -> None:
            assert await owed(pool) == 5

        await throughout(still_owed, seconds=0.6)
        recording.is_away = False
        await all_sent(pool)

    assert len(recording.ids) == 5


async def test_a_row_that_no_queue_takes_stays_and_holds_up_no_other(
    migrated: str, pool: Pool, codec: Codec, recording: Recording
) -> None:
    await owe(pool, codec, Seen(key="k", number=1), Unheard(key="k"), Seen(key="k", number=2), Announced(key="k"))
    async with relaying(migrated, pool, recording):
        await owe(pool, codec, Seen(key="k", number=3))

        async def only_that_one() -> None:
            assert [each["type"] for each in await pool.fetch("SELECT type FROM outbox")] == ["unheard.v1"]

        await eventually(only_that_one)
        await owe(pool, codec, Seen(key="k", number=4))
        await eventually(only_that_one)

    numbers = [Seen.model_validate_json(e.body).number for call in recording.calls for e in call if e.type == "seen.v1"]
    assert numbers == [1, 2, 3, 4]


async def test_one_relay_works_and_another_takes_over_when_it_ends(
    migrated: str, pool: Pool, codec: Codec, topology: Topology
) -> None:
    first, second = Recording(topology), Recording(topology)
    async with relaying(migrated, pool, first) as working:
        await owe(pool, codec, Seen(key="k"))
        await all_sent(pool)
        async with relaying(migrated, pool, second):
            for number in range(20):
                await owe(pool, codec, Seen(key="k", number=number))
            await all_sent(pool)
            assert second.calls == []

            working.cancel()
            await owe(pool, codec, Seen(key="k"))
            await all_sent(pool)
    assert len(first.ids) == 21
    assert len(second.ids) == 1


async def test_a_relay_whose_connection_is_ended_begins_again(
    migrated: str, pool: Pool, codec: Codec, recording: Recording
) -> None:
    admin = await asyncpg.connect(migrated)
    async with relaying(migrated, pool, recording) as working:
        await owe(pool, codec, Seen(key="k"))
        await all_sent(pool)
        assert await end_lock_sessions(admin) == 1

        await owe(pool, codec, Seen(key="k"))
        await all_sent(pool)
        assert not working.done()
    await admin.close()


async def test_a_crash_between_confirm_and_delete_sends_twice_and_the_inbox_makes_one_of_it(
    migrated: str, pool: Pool, codec: Codec, recording: Recording
) -> None:
    recording.loses_confirms = 1
    async with relaying(migrated, pool, recording):
        await owe(pool, codec, Seen(key="k"))
        await all_sent(pool)

    assert len(recording.ids) == 2
    assert len(set(recording.ids)) == 1
    async with pool.acquire() as conn:
        assert [await inbox.mark(conn, "reader", each) for each in recording.ids] == [True, False]


async def test_what_is_sent_is_what_was_owed(
    migrated: str, pool: Pool, codec: Codec, memory: MemoryBus, topology: Topology
) -> None:
    listener, message = Listener(), Announced(key="k", number=3)
    heard = Seen(key="k", number=4)
    async with (
        memory.consume(QueueName("reader", Lane.LIVE, topology.shard_of(heard.shard_key)), listener),
        relaying(migrated, pool, memory),
    ):
        await owe(pool, codec, message, heard, correlation_id="corr-9")
        (envelope,) = await listener.heard(1)
        await all_sent(pool)

    assert codec.message(envelope) == heard
    assert envelope.correlation_id == "corr-9"


async def test_the_inbox_forgets_only_what_is_old(pool: Pool) -> None:
    async with pool.acquire() as conn:
        old, new = UUID(int=1), UUID(int=2)
        await inbox.mark(conn, "reader", old)
        await inbox.mark(conn, "reader", new)
        assert await inbox.mark(conn, "clerk", new)
        await conn.execute("UPDATE inbox SET handled_at = handled_at - interval '8 days' WHERE message_id = $1", old)

        await forget_old(conn, [INBOX])

        assert await inbox.mark(conn, "reader", old)
        assert not await inbox.mark(conn, "reader", new)


async def test_a_relay_that_is_woken_just_as_it_is_stopped_stops(migrated: str, memory: MemoryBus) -> None:
    relay = Relay(migrated, "desk", memory)
    task = asyncio.create_task(relay.run())

    async def waits() -> None:
        assert relay._wake._waiters

    await eventually(waits)
    relay._on_notify()
    await asyncio.sleep(0)
    task.cancel()

    ended, _ = await asyncio.wait({task}, timeout=5)
    task.cancel()
    assert ended == {task}
