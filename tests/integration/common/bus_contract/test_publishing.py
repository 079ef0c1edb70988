"""Publishing: confirmed, routed by type, lane and shard, or refused."""

from dataclasses import replace

import pytest

from libs.common.bus.port import Bus, Unroutable
from libs.common.topology import Lane, QueueName
from tests.integration.common.bus_contract.conftest import System
from tests.support.listening import SENT_AT, Listener, envelope

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_everything_an_envelope_says_arrives(bus: Bus) -> None:
    sent = replace(envelope('{"a": "ü"}', traceparent=TRACE), reply_to="somebody", began_at=SENT_AT)
    listener = Listener()

    await bus.publish([sent])

    async with bus.consume(QueueName("reader", Lane.LIVE, 0), listener):
        assert await listener.heard(1) == [sent]


async def test_a_message_reaches_every_consumer_that_listens_and_no_other_queue(bus: Bus) -> None:
    listeners = {name: Listener() for name in ("reader", "clerk")}

    await bus.publish([envelope("both", kind="noted.v1", shard=1), envelope("one", kind="seen.v1", shard=1)])

    async with (
        bus.consume(QueueName("reader", Lane.LIVE, 1), listeners["reader"]),
        bus.consume(QueueName("clerk", Lane.LIVE, 1), listeners["clerk"]),
    ):
        await listeners["reader"].heard(2)
        await listeners["clerk"].heard(1)
    assert listeners["reader"].bodies == ["both", "one"]
    assert listeners["clerk"].bodies == ["both"]


async def test_a_consumer_with_one_lane_gets_bulk_messages_in_it(bus: Bus) -> None:
    clerk, reader = Listener(), Listener()

    await bus.publish([envelope("bulk", kind="noted.v1", lane=Lane.BULK)])

    async with (
        bus.consume(QueueName("clerk", Lane.LIVE, 0), clerk),
        bus.consume(QueueName("reader", Lane.BULK, 0), reader),
    ):
        assert (await clerk.heard(1))[0].lane is Lane.BULK
        await reader.heard(1)


async def test_a_confirmed_message_outlives_its_publisher(durable: System) -> None:
    async with durable.open() as publisher:
        await publisher.publish([envelope(str(number)) for number in range(50)])

    listener = Listener()
    async with durable.open() as bus, bus.consume(QueueName("reader", Lane.LIVE, 0), listener):
        await listener.heard(50)
    assert listener.bodies == [str(number) for number in range(50)]


@pytest.mark.parametrize(("kind", "shard"), [("nobody.listens.v1", 0), ("seen.v1", 7)])
async def test_what_no_queue_takes_is_refused_by_name_and_the_rest_arrives(bus: Bus, kind: str, shard: int) -> None:
    lost, taken = envelope("lost", kind=kind, shard=shard), envelope("taken")
    listener = Listener()

    with pytest.raises(Unroutable, match=kind) as refused:
        await bus.publish([lost, taken])

    assert refused.value.envelopes == (lost,)
    async with bus.consume(QueueName("reader", Lane.LIVE, 0), listener):
        await listener.heard(1)
    assert listener.bodies == ["taken"]


async def test_an_open_message_needs_no_listener(bus: Bus) -> None:
    await bus.publish([envelope(kind="nobody.listens.v1", is_open=True)])


async def test_publishing_nothing_is_done_at_once(bus: Bus) -> None:
    await bus.publish([])


async def test_a_bus_that_works_says_so(bus: Bus) -> None:
    await bus.check()
    await bus.check()
