"""Messages that wait: which come back, in which order, at which pace, and how a delivery gets to wait."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from deploy.driver.eventually import eventually
from libs.common import outbox, waiting
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Envelope
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.deliver import at_least_once
from libs.common.handlers import Became, Finished, Waits
from libs.common.hold import Hold
from libs.common.relay import Relay
from libs.common.topology import Lane, QueueName
from libs.common.waiting import MOST_WAKES, QUICK_WAKES, Remote
from libs.common.waker import Waker
from tests.integration.common.conftest import Announced, Seen
from tests.support.listening import SENT_AT, envelope

REALM = UUID(int=1)
BIRCH, OAK, WHOLE = Remote(REALM, "birch@example.org"), Remote(REALM, "oak@example.org"), Remote(REALM)
AT_ONCE, NEVER = timedelta(), timedelta(hours=1)


@pytest_asyncio.fixture
async def rows(pool: Pool) -> AsyncIterator[Pool]:
    await pool.execute("TRUNCATE waiting")
    yield pool
    await pool.execute("TRUNCATE waiting")


async def wait(
    pool: Pool, body: str, target: Remote = BIRCH, *, lane: Lane = Lane.LIVE, key: str | None = None, wakes: int = 0
) -> None:
    sent = replace(envelope(body, lane=lane), wakes=wakes)
    await waiting.add(pool, sent, target, key=key, reason="refused \x00 \ud800")


async def given_back(pool: Pool) -> list[tuple[str, int]]:
    """What the bus is owed, in order: bodies, and how often each was woken."""
    async with pool.acquire() as conn:
        found = [row for lane in Lane for row in await outbox.oldest(conn, lane, after=0, at_most=100)]
        await outbox.settle(conn, [row_id for row_id, _ in found])
    return [(each.body.decode(), each.wakes) for _, each in found]


async def test_a_woken_target_gives_back_what_people_wait_for_first_and_leaves_others_alone(rows: Pool) -> None:
    await wait(rows, "bulk 1", lane=Lane.BULK)
    await wait(rows, "live 1")
    await wait(rows, "live 2")
    await wait(rows, "oak", OAK)
    await wait(rows, "whole", WHOLE)

    assert await waiting.wake(rows, Remote(REALM, "BIRCH@example.org")) == 3
    assert await given_back(rows) == [("live 1", 1), ("live 2", 1), ("bulk 1", 1)]

    assert await waiting.wake(rows, WHOLE) == 2
    assert await given_back(rows) == [("oak", 1), ("whole", 1)]
    assert await waiting.targets(rows) == []


async def test_a_message_is_given_back_with_all_that_it_says(rows: Pool) -> None:
    sent = replace(
        envelope("1", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01"), reply_to="me", began_at=SENT_AT
    )
    await waiting.add(rows, sent, BIRCH, key=None, reason="refused")
    await waiting.wake(rows, BIRCH)

    async with rows.acquire() as conn:
        ((row_id, found),) = await outbox.oldest(conn, Lane.LIVE, after=0, at_most=100)
        await outbox.settle(conn, [row_id])
    assert replace(found, sent_at=sent.sent_at) == replace(sent, wakes=1)


async def test_one_message_of_each_target_is_tried_per_interval_the_first_of_the_live_lane(rows: Pool) -> None:
    await wait(rows, "bulk", lane=Lane.BULK)
    await wait(rows, "live 1")
    await wait(rows, "live 2")
    await wait(rows, "oak", OAK)

    assert await waiting.try_one_each(rows, NEVER) == 0
    assert await waiting.try_one_each(rows, AT_ONCE) == 2
    assert sorted(await given_back(rows)) == [("live 1", 0), ("oak", 0)]
    assert await waiting.try_one_each(rows, NEVER) == 0, "the target was tried just now"
    assert sorted(await waiting.targets(rows), key=str) == [(BIRCH, 2)]


async def test_replicas_that_try_at_once_try_one_message(rows: Pool) -> None:
    for number in range(3):
        await wait(rows, str(number))

    async with rows.acquire() as one, rows.acquire() as other:
        tried = await asyncio.gather(waiting.try_one_each(one, AT_ONCE), waiting.try_one_each(other, NEVER))

    assert [*tried] == [1, 0]


async def test_a_message_gives_back_those_that_it_overtakes(rows: Pool) -> None:
    await wait(rows, "first", key="k")
    await wait(rows, "another", key="l")
    await wait(rows, "second", key="k")

    assert await given_back(rows) == [("first", 0)]
    assert await waiting.targets(rows) == [(BIRCH, 2)]


async def test_what_was_woken_in_vain_is_spared_until_an_interval_has_passed(rows: Pool) -> None:
    await wait(rows, "new", wakes=QUICK_WAKES - 1)
    await wait(rows, "stubborn", wakes=QUICK_WAKES)

    assert await waiting.wake(rows, BIRCH, sparing=NEVER) == 1
    assert await given_back(rows) == [("new", QUICK_WAKES)]
    assert await waiting.wake(rows, BIRCH, sparing=AT_ONCE) == 1


@pytest.mark.parametrize(
    ("attempt", "wakes", "waits"), [(0, 0, False), (1, 0, True), (0, 1, True), (1, MOST_WAKES, False)]
)
async def test_a_first_failure_and_one_that_waking_does_not_help_are_for_the_ladder(
    rows: Pool, codec: Codec, attempt: int, wakes: int, waits: bool
) -> None:
    topology = replace(codec.topology, ladder=(NEVER, NEVER))
    bus, codec = MemoryBus(topology), Codec({Seen.type: Seen, Announced.type: Announced}, topology)
    waker = Waker("desk", rows, codec, lambda _: Announced(key="k"), NEVER)
    handled: list[Envelope] = []

    async def refuse(messages: Sequence[Seen]) -> list[Became]:
        return [Waits(each, BIRCH, "refused") for each in messages]

    async def counted(deliveries: Sequence[object]) -> None:
        await at_least_once(bus, codec, "reader", {Seen: refuse}, utc_now, Hold(rows), waker)(deliveries)  # type: ignore[arg-type]
        handled.append(sent)

    sent = replace(envelope(b'{"key": "k"}'), attempt=attempt, wakes=wakes)
    async with bus.consume(QueueName("reader", Lane.LIVE, 0), counted):
        await bus.publish([sent])

        async def is_handled() -> None:
            assert handled

        await eventually(is_handled)
    bus.close()

    assert await waiting.targets(rows) == ([(BIRCH, 1)] if waits else [])
    assert await bus.parked() == []


async def test_the_first_success_wakes_and_is_told_once_whatever_happened_before_in_other_processes(
    migrated: str, rows: Pool, codec: Codec, memory: MemoryBus
) -> None:
    told: list[Remote] = []

    def announce(target: Remote) -> Announced:
        told.append(target)
        return Announced(key="k")

    waker = Waker("desk", rows, codec, announce, timedelta(seconds=0.4))
    await wait(rows, Seen(key="k", number=7).model_dump_json())
    seen: list[int] = []

    async def note(messages: Sequence[Seen]) -> list[Finished]:
        seen.extend(each.number for each in messages)
        return [Finished(each) for each in messages]

    waker.worked(REALM, BIRCH.member)
    handler = at_least_once(memory, codec, "reader", {Seen: note}, utc_now, Hold(rows), waker)
    tasks = [asyncio.create_task(work) for work in (waker.run(), Relay(migrated, "desk", memory).run())]
    async with memory.consume(QueueName("reader", Lane.LIVE, 0), handler):

        async def is_seen() -> None:
            assert seen == [7]

        await eventually(is_seen)
        assert told == [], "nobody reached the target: the message itself is the try"

        async def is_told() -> None:
            waker.worked(REALM, BIRCH.member)
            assert told == [BIRCH]

        await eventually(is_told)
        waker.worked(REALM, BIRCH.member)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert told == [BIRCH]
