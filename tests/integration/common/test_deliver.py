"""From a delivery to a handler and back: what a handler may count on when it, or something under it, fails."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Envelope, Handler, Parked
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Connection, Pool
from libs.common.deliver import at_least_once, in_transaction
from libs.common.handlers import Caused, Finished, InLane, RetryLater
from libs.common.hold import Hold
from libs.common.topology import Lane, QueueName
from tests.integration.common.conftest import Announced, Noted, Seen, Unheard
from tests.support.listening import envelope


async def no_more(messages: Sequence[Any]) -> list[Finished]:
    return [Finished(each) for each in messages]


async def write(conn: Connection, message: Seen) -> list[Caused]:
    """Have an effect, and cause a message in each lane."""
    await conn.execute("INSERT INTO effects (number) VALUES ($1)", message.number)
    return [Announced(key=message.key, number=message.number), InLane(Announced(key=message.key), Lane.BULK)]


async def fail_after_writing(conn: Connection, message: Seen) -> list[Caused]:
    await write(conn, message)
    raise ValueError("too late")


@pytest.fixture
def send(memory: MemoryBus, codec: Codec) -> Any:
    """Publish messages, all in one shard, and hand them to a handler until none is left."""

    async def send(handler: Handler, *messages: Seen | Envelope, lane: Lane = Lane.LIVE) -> list[Parked]:
        envelopes = [
            codec.envelope(each, message_id=uuid4(), correlation_id="corr-1", lane=lane, sent_at=utc_now())
            if isinstance(each, Seen)
            else each
            for each in messages
        ]
        await memory.publish(envelopes)
        queue = QueueName("reader", lane, envelopes[0].shard)
        done: list[Envelope] = []

        async def counted(deliveries: Sequence[Any]) -> None:
            await handler(deliveries)
            done.extend(each.envelope for each in deliveries)

        async def all_done() -> None:
            assert len(done) >= len(envelopes)

        async with memory.consume(queue, counted):
            await eventually(all_done)
        return list(await memory.parked())

    return send


async def effects(pool: Pool) -> list[int]:
    return [row["number"] for row in await pool.fetch("SELECT number FROM effects ORDER BY number")]


async def test_effect_inbox_mark_and_caused_messages_are_one_commit(pool: Pool, codec: Codec, send: Any) -> None:
    parked = await send(in_transaction(pool, codec, "reader", {Seen: write}, utc_now), Seen(key="k", number=7))

    assert parked == []
    assert await effects(pool) == [7]
    rows = await pool.fetch("SELECT type, lane, correlation_id FROM outbox ORDER BY id")
    assert [tuple(row) for row in rows] == [("announced.v1", "live", "corr-1"), ("announced.v1", "bulk", "corr-1")]
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 1


async def test_what_is_caused_travels_in_the_lane_of_its_cause(pool: Pool, codec: Codec, send: Any) -> None:
    await send(in_transaction(pool, codec, "reader", {Seen: write}, utc_now), Seen(key="k"), lane=Lane.BULK)

    assert await pool.fetchval("SELECT lane FROM outbox ORDER BY id LIMIT 1") == "bulk"


async def test_a_failing_handler_leaves_nothing_behind_and_goes_up_the_ladder(
    pool: Pool, codec: Codec, send: Any
) -> None:
    handler = in_transaction(pool, codec, "reader", {Seen: fail_after_writing}, utc_now)

    (parked,) = await send(handler, Seen(key="k"))  # this ladder has no rungs

    assert parked.reason == "ValueError: too late"
    assert await effects(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 0
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_a_repeated_delivery_has_no_second_effect(pool: Pool, codec: Codec, send: Any) -> None:
    again = codec.envelope(
        Seen(key="k", number=7), message_id=uuid4(), correlation_id="c", lane=Lane.LIVE, sent_at=utc_now()
    )

    await send(in_transaction(pool, codec, "reader", {Seen: write}, utc_now), again, again, again)

    assert await effects(pool) == [7]


@pytest.mark.parametrize(
    ("unreadable", "reason"),
    [
        (envelope(b"\xff\xfe"), "seen.v1 cannot be read: the body: "),
        (envelope(b"{"), "seen.v1 cannot be read: the body: "),
        (envelope(b"[]"), "seen.v1 cannot be read: the body: "),
        (envelope(b"null"), "seen.v1 cannot be read: the body: "),
        (envelope(b'{"number": 1}'), "seen.v1 cannot be read: key: Field required"),
        (envelope(b'{"key": "k", "number": "one"}'), "seen.v1 cannot be read: number: "),
        (envelope(b"[" * 100_000), "seen.v1 cannot be read: the body: "),
        (envelope(b'{"key": "\\ud800"}'), "seen.v1 cannot be read: "),
        (envelope(b"{}", kind="noted.v1"), "noted.v1 cannot be read: key: "),
    ],
)
@pytest.mark.parametrize("guarantee", ["in_transaction", "at_least_once"])
async def test_what_cannot_be_read_is_parked_with_its_reason_and_stops_nobody_else(
    pool: Pool, codec: Codec, memory: MemoryBus, send: Any, unreadable: Envelope, reason: str, guarantee: str
) -> None:
    seen: list[int] = []

    async def note(messages: Sequence[Seen]) -> list[Finished]:
        seen.extend(each.number for each in messages)
        return await no_more(messages)

    async def note_one(conn: Connection, message: Seen) -> list[Caused]:
        await note([message])
        return []

    handler = (
        in_transaction(pool, codec, "reader", {Seen: note_one, Noted: note_one}, utc_now)
        if guarantee == "in_transaction"
        else at_least_once(memory, codec, "reader", {Seen: note, Noted: note}, utc_now, Hold(pool))
    )
    good = [envelope(b'{"key": "k", "number": %d}' % number) for number in (1, 2)]

    (parked,) = await send(handler, good[0], unreadable, good[1])

    assert parked.reason.startswith(reason)
    assert parked.envelope == unreadable
    assert sorted(seen) == [1, 2]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("never.heard.of.v9", "no message of type 'never.heard.of.v9' is known here"),
        ("noted.v1", "reader does not handle"),
    ],
)
async def test_an_unknown_message_is_parked_by_its_type(
    pool: Pool, memory: MemoryBus, codec: Codec, kind: str, reason: str
) -> None:
    queue = QueueName("reader", Lane.LIVE, 0)
    handler = at_least_once(memory, codec, "reader", {Seen: no_more}, utc_now, Hold(pool))
    memory._queues[str(queue)].put(envelope(b'{"key": "k"}', kind=kind))  # as a stranger would, past the routing

    async def is_parked() -> None:
        assert [each.reason.startswith(reason) for each in await memory.parked()] == [True]

    async with memory.consume(queue, handler):
        await eventually(is_parked)


async def test_all_messages_at_hand_come_together_and_in_order(
    pool: Pool, codec: Codec, memory: MemoryBus, send: Any
) -> None:
    calls: list[list[int]] = []

    async def note(messages: Sequence[Seen]) -> list[Finished]:
        calls.append([each.number for each in messages])
        return await no_more(messages)

    await send(
        at_least_once(memory, codec, "reader", {Seen: note}, utc_now, Hold(pool)),
        *(Seen(key="k", number=n) for n in range(5)),
    )

    assert calls == [[0, 1, 2, 3, 4]]


async def test_only_what_is_put_off_comes_again_with_its_reason_and_what_was_done_is_published(
    pool: Pool, codec: Codec, memory: MemoryBus, send: Any
) -> None:
    noted: list[int] = []

    async def note(messages: Sequence[Noted]) -> list[Finished]:
        noted.extend(each.number for each in messages)
        return await no_more(messages)

    async def postpone_odd(messages: Sequence[Seen]) -> list[Finished | RetryLater]:
        return [
            RetryLater(each, f"{each.number} is odd")
            if each.number % 2
            else Finished(each, [Noted(key="k", number=100)])
            for each in messages
        ]

    handler = at_least_once(memory, codec, "reader", {Seen: postpone_odd, Noted: note}, utc_now, Hold(pool))

    parked = await send(handler, *(Seen(key="k", number=number) for number in range(4)))
    await send(handler, Noted(key="k", number=5))

    assert 100 in noted
    assert [(each.reason, codec.message(each.envelope)) for each in parked] == [
        ("1 is odd", Seen(key="k", number=1)),
        ("3 is odd", Seen(key="k", number=3)),
    ]


async def test_what_cannot_be_published_sends_its_causes_up_the_ladder_and_no_others(
    pool: Pool, codec: Codec, memory: MemoryBus, send: Any
) -> None:
    noted: list[int] = []

    async def cause_the_unroutable(messages: Sequence[Seen]) -> list[Finished]:
        return [Finished(each, [Unheard(key="k") if each.number else Announced(key="k")]) for each in messages]

    async def note(messages: Sequence[Noted]) -> list[Finished]:
        noted.extend(each.number for each in messages)
        return await no_more(messages)

    handler = at_least_once(memory, codec, "reader", {Seen: cause_the_unroutable, Noted: note}, utc_now, Hold(pool))

    (parked,) = await send(handler, Seen(key="k"), Seen(key="k", number=1), Seen(key="k"), Noted(key="k", number=5))

    assert parked.reason.startswith("Unroutable: no queue takes unheard.v1")
    assert codec.message(parked.envelope) == Seen(key="k", number=1)
    assert noted == [5]


async def test_one_trace_runs_through_the_message_that_caused_and_the_one_that_was_caused(
    pool: Pool, codec: Codec, memory: MemoryBus, send: Any
) -> None:
    seen_traces: list[str] = []
    tracer = TracerProvider().get_tracer("test")

    async def cause(conn: Connection, message: Seen) -> list[Caused]:
        seen_traces.append(format(trace.get_current_span().get_span_context().trace_id, "032x"))
        return [Announced(key="k")]

    with tracer.start_as_current_span("webhook") as span:
        began = format(span.get_span_context().trace_id, "032x")
        message = codec.envelope(
            Seen(key="k"), message_id=uuid4(), correlation_id="c", lane=Lane.LIVE, sent_at=utc_now()
        )
    await send(in_transaction(pool, codec, "reader", {Seen: cause}, utc_now), message)

    caused = await pool.fetchval("SELECT traceparent FROM outbox")
    assert seen_traces == [began]
    assert caused.split("-")[1] == began
