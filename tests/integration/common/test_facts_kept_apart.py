"""Messages that are handled together are told of, and give to what they cause, each in its own name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import structlog
from opentelemetry import trace
from prometheus_client import REGISTRY

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Envelope
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.deliver import UNSAID, at_least_once
from libs.common.handlers import BatchHandler, Finished, RetryLater
from libs.common.hold import Hold
from libs.common.observed import add_facts, on_behalf_of
from libs.common.topology import Consumer, Lane, QueueName, Topology
from tests.integration.common.conftest import CATALOGUE, Noted, Seen
from tests.support.listening import SENT_AT, Listener

OWN = QueueName("clerk", Lane.LIVE, 0)
TRACES = ("0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319d")


@pytest.fixture
def topology() -> Topology:
    """A clerk who takes both lanes from one queue, and causes what the reader reads in two."""
    reader = Consumer("reader", ("noted.v1",), lanes=(Lane.LIVE, Lane.BULK))
    return Topology([Consumer("clerk", ("seen.v1",)), reader], shards=1, ladder=())


@pytest.fixture
def bus(topology: Topology) -> MemoryBus:
    return MemoryBus(topology)


@pytest.fixture
def codec(topology: Topology) -> Codec:
    return Codec(CATALOGUE, topology)


def told(number: int) -> Envelope:
    """One of two messages that have nothing in common but their queue."""
    return Envelope(
        message_id=uuid4(),
        type=Seen.type,
        body=Seen(key="k", number=number).model_dump_json().encode(),
        shard=0,
        sent_at=SENT_AT,
        correlation_id=f"corr-{number}",
        lane=(Lane.LIVE, Lane.BULK)[number],
        traceparent=f"00-{TRACES[number]}-b7ad6b7169203331-01",
        began_at=(None, began_at(1))[number],
    )


def began_at(number: int) -> datetime:
    """When what led to each of the messages came in: it began with the first, and long before the second."""
    return (SENT_AT, SENT_AT - timedelta(hours=1))[number]


async def handle(pool: Pool, bus: MemoryBus, codec: Codec, handler: BatchHandler) -> list[dict[str, Any]]:
    """Have both messages handled in one batch; return the lines that were logged."""
    batches = Listener()
    clerk = at_least_once(bus, codec, "clerk", {Seen: handler}, utc_now, Hold(pool))

    async def both(deliveries: Sequence[Any]) -> None:
        await clerk(deliveries)
        batches.batches.append([each.envelope for each in deliveries])

    await bus.publish([told(0), told(1)])
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        async with bus.consume(OWN, both):
            await batches.heard(2)
    assert len(batches.batches) == 1
    return [dict(line) for line in lines]


async def test_what_each_message_caused_carries_its_own_correlation_id_beginning_trace_and_lane(
    pool: Pool, bus: MemoryBus, codec: Codec
) -> None:
    async def cause(messages: Sequence[Seen]) -> list[Finished]:
        return [Finished(each, [Noted(key="k", number=each.number)]) for each in messages]

    await handle(pool, bus, codec, cause)

    for number, lane in enumerate((Lane.LIVE, Lane.BULK)):
        listener = Listener()
        async with bus.consume(QueueName("reader", lane, 0), listener):
            (caused,) = await listener.heard(1)
        assert codec.message(caused) == Noted(key="k", number=number)
        assert (caused.correlation_id, caused.lane, caused.began_at) == (f"corr-{number}", lane, began_at(number))
        assert (caused.traceparent or "").split("-")[1] == TRACES[number]


@pytest.mark.parametrize(("rungs", "told"), [(1, "retried"), (0, "parked")])
async def test_one_that_fails_is_told_by_what_became_of_it_and_the_other_as_done(
    pool: Pool, topology: Topology, rungs: int, told: str
) -> None:
    async def fail_one(messages: Sequence[Seen]) -> list[Finished | RetryLater]:
        return [RetryLater(each, "not now") if each.number else Finished(each) for each in messages]

    def handled(outcome: str) -> float:
        labels = {"consumer": "clerk", "type": "seen.v1", "outcome": outcome}
        return REGISTRY.get_sample_value("roomsync_messages_handled_total", labels) or 0

    topology = replace(topology, ladder=(timedelta(hours=1),) * rungs)
    bus = MemoryBus(topology)
    before = {outcome: handled(outcome) for outcome in ("done", told)}
    lines = await handle(pool, bus, Codec(CATALOGUE, topology), fail_one)
    bus.close()

    facts = [
        (line["correlation_id"], line["outcome"], line.get("reason"), line["log_level"])
        for line in lines
        if line["event"] == "message.handled"
    ]
    assert facts == [("corr-0", "done", None, "info"), ("corr-1", told, "not now", "warning")]
    assert [each.reason for each in await bus.parked()] == ["not now"] * (1 - rungs)
    assert {outcome: handled(outcome) - before[outcome] for outcome in before} == {"done": 1, told: 1}


async def test_what_is_noted_and_logged_on_behalf_of_a_message_belongs_to_it(
    pool: Pool, bus: MemoryBus, codec: Codec
) -> None:
    traces: list[str] = []

    async def note(messages: Sequence[Seen]) -> list[Finished]:
        for each in reversed(messages):
            with on_behalf_of(each):
                add_facts(number=str(each.number))
                structlog.get_logger().info("number.noted")
                traces.append(format(trace.get_current_span().get_span_context().trace_id, "032x"))
        return [Finished(each) for each in messages]

    lines = await handle(pool, bus, codec, note)

    assert [(line["event"], line["correlation_id"], line.get("number")) for line in lines] == [
        ("number.noted", "corr-1", None),
        ("number.noted", "corr-0", None),
        ("message.handled", "corr-0", "0"),
        ("message.handled", "corr-1", "1"),
    ]
    assert traces == [TRACES[1], TRACES[0]]


async def test_a_message_of_which_nothing_is_said_comes_again(pool: Pool, bus: MemoryBus, codec: Codec) -> None:
    async def forget_one(messages: Sequence[Seen]) -> list[Finished]:
        return [Finished(messages[0])]

    await handle(pool, bus, codec, forget_one)

    assert [(codec.message(each.envelope), each.reason) for each in await bus.parked()] == [
        (Seen(key="k", number=1), UNSAID)
    ]


async def test_a_handler_that_raises_has_each_of_its_messages_come_again(
    pool: Pool, bus: MemoryBus, codec: Codec
) -> None:
    async def fail(messages: Sequence[Seen]) -> list[Finished]:
        raise ValueError("too late")

    lines = await handle(pool, bus, codec, fail)

    async def both_parked() -> None:
        assert [each.reason for each in await bus.parked()] == ["ValueError: too late"] * 2

    await eventually(both_parked)
    assert [line["correlation_id"] for line in lines if line["event"] == "message.handled"] == ["corr-0", "corr-1"]
