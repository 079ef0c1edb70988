"""What a service may count on while it is open, and while it is being closed."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Connection, Pool
from libs.common.foundation import Foundation, open_foundation
from libs.common.handlers import Finished
from libs.common.health import health_app
from libs.common.messages_in_hand import note_messages_in_hand
from libs.common.runtime import TaskEnded, run_service
from libs.common.settings import Settings
from libs.common.topology import Lane
from tests.integration.common.conftest import Seen
from tests.support.listening import Panic, envelope


def settings_of(url: str) -> Settings:
    return Settings(postgres_url=SecretStr(url), shards=2)


async def send(bus: MemoryBus, codec: Codec, *messages: Seen, lane: Lane = Lane.LIVE) -> None:
    await bus.publish(
        [
            codec.envelope(each, message_id=uuid4(), correlation_id="c", lane=lane, sent_at=utc_now())
            for each in messages
        ]
    )


async def test_the_batch_in_hand_still_has_the_database_while_the_service_closes(
    migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    has_begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def write(conn: Connection, message: Seen) -> Sequence[Seen]:
        has_begun.set()
        await may_go_on.wait()
        await conn.execute("INSERT INTO effects (number) VALUES ($1)", message.number)
        return []

    async def serve() -> None:
        async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
            await desk.handle_in_transaction("reader", {Seen: write})
            await has_begun.wait()

    serving = asyncio.create_task(serve())
    await send(memory, codec, Seen(key="k", number=7), Seen(key="k", number=8))
    await has_begun.wait()
    may_go_on.set()
    await serving

    assert [row["number"] for row in await pool.fetch("SELECT number FROM effects ORDER BY number")] == [7, 8]


async def test_what_a_service_opens_is_closed_before_what_it_opened_earlier(
    migrated: str, memory: MemoryBus, codec: Codec
) -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def part(name: str, desk: Foundation) -> AsyncIterator[str]:
        yield name
        assert await desk.pool.fetchval("SELECT 1") == 1
        closed.append(name)

    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        assert await desk.open(part("first", desk)) == "first"
        await desk.open(part("second", desk))

    assert closed == ["second", "first"]


async def test_lanes_may_be_handled_apart(migrated: str, memory: MemoryBus, codec: Codec) -> None:
    heard: dict[Lane, list[int]] = {lane: [] for lane in Lane}

    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        for lane in Lane:

            async def note(messages: Sequence[Seen], lane: Lane = lane) -> list[Finished]:
                heard[lane] += [each.number for each in messages]
                return [Finished(each) for each in messages]

            await desk.handle_at_least_once("reader", {Seen: note}, [lane])
        await send(memory, codec, Seen(key="k", number=1))
        await send(memory, codec, Seen(key="k", number=2), lane=Lane.BULK)

        async def both() -> None:
            assert heard == {Lane.LIVE: [1], Lane.BULK: [2]}

        await eventually(both)


async def test_the_bulk_lane_has_its_turn_one_message_at_a_time_and_holds_up_no_other(
    migrated: str, memory: MemoryBus, codec: Codec
) -> None:
    begun: list[int] = []
    may_go_on = asyncio.Event()

    async def work(_: Connection, message: Seen) -> Sequence[Seen]:
        begun.append(message.number)
        if message.number < 100:
            await may_go_on.wait()
        return []

    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        await desk.handle_in_transaction("reader", {Seen: work})
        of_both_shards = [Seen(key=f"key {number}", number=number) for number in range(8)]
        assert {codec.topology.shard_of(each.key) for each in of_both_shards} == {0, 1}
        await send(memory, codec, *of_both_shards, lane=Lane.BULK)
        await send(memory, codec, *(Seen(key=each.key, number=100 + each.number) for each in of_both_shards))

        async def live_is_done() -> None:
            assert sorted(each for each in begun if each >= 100) == [100 + number for number in range(8)]

        await eventually(live_is_done)
        assert len([each for each in begun if each < 100]) == 1
        may_go_on.set()

        async def all_is_done() -> None:
            assert sorted(begun) == [*range(8), *(100 + number for number in range(8))]

        await eventually(all_is_done)


async def test_what_is_handled_in_turn_is_handled_one_message_at_a_time_in_whatever_lane_and_shard(
    migrated: str, memory: MemoryBus, codec: Codec
) -> None:
    at_once: list[int] = []
    done: list[int] = []

    async def work(conn: Connection, message: Seen) -> Sequence[Seen]:
        at_once.append(message.number)
        assert len(at_once) == 1
        await conn.execute("SELECT pg_sleep(0.01)")
        at_once.remove(message.number)
        done.append(message.number)
        return []

    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        await desk.handle_in_turn("reader", {Seen: work})
        messages = [Seen(key=f"key {number}", number=number) for number in range(8)]
        assert {codec.topology.shard_of(each.key) for each in messages} == {0, 1}
        await send(memory, codec, *messages[:4], lane=Lane.BULK)
        await send(memory, codec, *messages[4:])

        async def all_is_done() -> None:
            assert sorted(done) == list(range(8))

        await eventually(all_is_done)
        assert await memory.parked() == []


async def test_what_ends_by_itself_ends_the_service_and_readiness_names_it(
    migrated: str, memory: MemoryBus, codec: Codec
) -> None:
    async def panic(_: Sequence[Seen]) -> list[Finished]:
        raise Panic("the library is broken")

    async def return_at_once() -> None:
        return

    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        await desk.handle_at_least_once("reader", {Seen: panic}, [Lane.BULK])
        assert await readiness(desk) == (200, {})
        service = desk.service({"clerk": return_at_once})
        serving = asyncio.ensure_future(run_service(desk.service({}), asyncio.Event()))
        await send(memory, codec, Seen(key="k", number=1), lane=Lane.BULK)

        with pytest.raises(TaskEnded, match=r"'queue reader\.bulk\.[01]' ended") as ended:
            await serving
        assert isinstance(ended.value.__cause__, Panic)
        with pytest.raises(TaskEnded, match="'clerk' ended"):
            await run_service(service, asyncio.Event())

        status, problems = await readiness(desk)
        assert (status, list(problems)) == (503, ["parts"])
        assert re.fullmatch(r"clerk: ended; queue reader\.bulk\.[01]: Panic", problems["parts"])


async def test_a_service_that_is_told_to_stop_does_not_call_its_parts_dead(
    migrated: str, memory: MemoryBus, codec: Codec
) -> None:
    stop = asyncio.Event()

    async def forever() -> None:
        stop.set()
        await asyncio.get_running_loop().create_future()

    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        await desk.handle_at_least_once("reader", {Seen: refuse})
        await run_service(desk.service({"clerk": forever}), stop)

        assert await readiness(desk) == (200, {})


async def test_queues_are_measured_by_consumer_and_lane_and_parked_messages_together(
    migrated: str, memory: MemoryBus, codec: Codec
) -> None:
    may_go_on = asyncio.Event()

    async def hold(messages: Sequence[Seen]) -> list[Finished]:
        await may_go_on.wait()
        return [Finished(each) for each in messages]

    await memory.publish([envelope("no message of ours", kind="seen.v1", lane=Lane.BULK)])
    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        await desk.handle_at_least_once("reader", {Seen: hold})
        await send(memory, codec, *(Seen(key="k", number=number) for number in range(3)))
        stop = asyncio.Event()
        serving = asyncio.create_task(run_service(desk.service({"parked": desk.measure_parked()}), stop))

        async def measured() -> None:
            live = {"consumer": "reader", "lane": "live"}
            assert REGISTRY.get_sample_value("roomsync_queue_messages", live) == 0
            assert (REGISTRY.get_sample_value("roomsync_queue_oldest_seconds", live) or 0) > 0
            assert REGISTRY.get_sample_value("roomsync_parked_messages") == 1

        await eventually(measured)
        stop.set()
        may_go_on.set()
        await serving


@asynccontextmanager
async def held() -> AsyncIterator[Callable[[Sequence[Seen]], Awaitable[list[Finished]]]]:
    """Give a handler that keeps what it has in hand while the context is open."""
    may_go_on = asyncio.Event()

    async def hold(messages: Sequence[Seen]) -> list[Finished]:
        await may_go_on.wait()
        return [Finished(each) for each in messages]

    try:
        yield hold
    finally:
        may_go_on.set()


async def test_the_age_of_what_is_in_hand_is_noted_and_an_idle_replica_leaves_that_alone(
    migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    sent_at = utc_now() - timedelta(minutes=9)
    old = codec.envelope(Seen(key="k"), message_id=uuid4(), correlation_id="c", lane=Lane.BULK, sent_at=sent_at)
    await memory.publish([old])
    async with (
        open_foundation("desk", settings_of(migrated), memory, codec) as desk,
        open_foundation("desk", settings_of(migrated), MemoryBus(codec.topology), codec) as other,
        held() as hold,
        pool.acquire() as conn,
    ):
        for each in (desk, other):
            await each.handle_at_least_once("reader", {Seen: hold})

        async def is_in_hand() -> None:
            assert [queue for queue, each in desk._consumed.items() if each.oldest_sent_at]

        await eventually(is_in_hand)
        for each in (desk, other):
            await note_messages_in_hand(conn, each._consumed, utc_now())

        [noted] = await conn.fetch("SELECT * FROM messages_in_hand_v1")
    assert (noted["consumer"], noted["lane"], noted["shard"]) == ("reader", "bulk", old.shard)
    assert 540 <= noted["age_s"] < 600


async def test_a_service_notes_by_itself_how_old_what_it_has_in_hand_is(
    migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk, held() as hold:
        await desk.handle_at_least_once("reader", {Seen: hold})
        await send(memory, codec, Seen(key="k", number=1))
        stop = asyncio.Event()
        serving = asyncio.create_task(run_service(desk.service({}), stop))

        async def noted() -> None:
            assert [row["lane"] for row in await pool.fetch("SELECT lane FROM messages_in_hand_v1")] == ["live"]

        await eventually(noted)
        stop.set()
        await serving


async def refuse(_: Sequence[Seen]) -> list[Finished]:
    return []


async def readiness(desk: Foundation) -> tuple[int, dict[str, str]]:
    transport = httpx2.ASGITransport(app=health_app("desk", desk.checks))
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.example.org") as http:
        answer = await http.get("/readyz")
    return answer.status_code, answer.json()["problems"]


async def test_tidying_does_each_thing_on_one_connection(migrated: str, memory: MemoryBus, codec: Codec) -> None:
    tidied: list[Connection] = []

    async def forget(conn: Connection) -> None:
        tidied.append(conn)

    async with open_foundation("desk", settings_of(migrated), memory, codec) as desk:
        tidying = asyncio.ensure_future(desk.tidy(forget, forget)())

        async def done() -> None:
            assert len(tidied) == 2

        await eventually(done)
        tidying.cancel()
        await asyncio.wait({tidying})
    assert tidied[0] is tidied[1]
