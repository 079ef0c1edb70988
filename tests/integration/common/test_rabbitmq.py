"""What only a broker shared with others has to bear: strangers' messages, and people who delete things."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import aio_pika
import pytest
import pytest_asyncio
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.driver.eventually import eventually
from libs.common.bus.declare import Names
from libs.common.bus.port import BrokerUnavailable, Bus, Parked
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.topology import Consumer, Lane, QueueName, Topology
from tests.support.listening import Listener, Parking, Refusing, by_id, envelope

QUEUE = QueueName("reader", Lane.LIVE, 0)


@pytest.fixture
def topology() -> Topology:
    return Topology(
        consumers=[Consumer("reader", ("seen.v1",))],
        shards=1,
        namespace=f"test-{uuid4().hex[:8]}",
        ladder=(timedelta(milliseconds=100),),
    )


@pytest_asyncio.fixture
async def bus(amqp_url: str, topology: Topology) -> AsyncIterator[Bus]:
    async with open_rabbitmq(amqp_url, topology) as bus:
        yield bus


@pytest_asyncio.fixture
async def stranger(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    """Somebody else on the same broker."""
    async with await aio_pika.connect(amqp_url) as connection:
        yield await connection.channel()


async def parked_in(bus: Bus, count: int) -> Sequence[Parked]:
    async def enough() -> Sequence[Parked]:
        try:
            found = await bus.parked()
        except BrokerUnavailable as error:  # the queue itself may be missing for a moment
            raise AssertionError from error
        assert len(found) == count
        return found

    return await eventually(enough)


@pytest.mark.parametrize(
    "strange",
    [
        aio_pika.Message(b"\xff\xfe"),
        aio_pika.Message(b"", message_id="not-a-uuid", type="", headers={"x-attempt": -3, "x-shard": "two"}),
        aio_pika.Message(b"{}", headers={"x-attempt": 10**9, "x-sent-at": "yesterday", "traceparent": 7}),
        aio_pika.Message(b"{}", headers={"x-attempt": True, "x-lane": 5, "x-sent-at": 12.5, "x-reason": ["a"]}),
        aio_pika.Message(b"{}", reply_to="nobody\x00\n"),
    ],
    ids=["bare", "wrong", "absurd", "mistyped", "unanswerable"],
)
async def test_a_strangers_message_can_be_parked_found_again_and_dropped(
    bus: Bus, stranger: AbstractChannel, topology: Topology, strange: aio_pika.Message
) -> None:
    await stranger.default_exchange.publish(strange, Names(topology.namespace).queue(QUEUE))
    listener = Parking("what is this?")

    async with bus.consume(QUEUE, listener):
        (parked,) = await parked_in(bus, 1)

    assert parked.envelope.message_id == listener.envelopes[0].message_id
    assert parked.envelope.body == strange.body
    assert parked.envelope.reply_to is None
    assert await bus.drop_parked(by_id(parked.envelope.message_id))
    assert await bus.parked() == []


async def test_what_was_parked_from_a_queue_that_is_gone_stays_parked_when_it_is_replayed(
    bus: Bus, stranger: AbstractChannel, topology: Topology
) -> None:
    for name in ("gone.live.0", str(QUEUE)):
        lost = aio_pika.Message(name.encode(), headers={"x-queue": name})
        await stranger.default_exchange.publish(lost, Names(topology.namespace).parked)
    await parked_in(bus, 2)

    replayed = await bus.replay_parked(lambda _: True)

    assert [each.queue for each in replayed] == [str(QUEUE)]
    assert [each.queue for each in await bus.parked()] == ["gone.live.0"]


@pytest.mark.parametrize("attempt", [-3, 0, 1, 10**9])
async def test_a_strangers_message_climbs_the_ladder_and_ends_parked(
    bus: Bus, stranger: AbstractChannel, topology: Topology, attempt: int
) -> None:
    strange = aio_pika.Message(b"?", headers={"x-attempt": attempt})
    await stranger.default_exchange.publish(strange, Names(topology.namespace).queue(QUEUE))

    async with bus.consume(QUEUE, Refusing("not known here")):
        (parked,) = await parked_in(bus, 1)

    assert parked.reason == "not known here"


async def test_what_takes_its_consumer_down_too_often_is_parked_by_the_broker(
    bus: Bus, stranger: AbstractChannel, topology: Topology
) -> None:
    name = Names(topology.namespace).queue(QUEUE)
    await stranger.default_exchange.publish(aio_pika.Message(b"poison"), name)

    queue = await stranger.get_queue(name)

    async def refuse(taken: AbstractIncomingMessage) -> None:
        await taken.reject(requeue=True)

    tag = await queue.consume(refuse)
    (parked,) = await parked_in(bus, 1)
    await queue.cancel(tag)

    assert (parked.envelope.body, parked.queue) == (b"poison", str(QUEUE))
    assert parked.reason == "delivered too often without an answer"
    assert isinstance(parked.envelope.message_id, UUID)
    assert await bus.replay_parked(by_id(parked.envelope.message_id))
    listener = Listener()
    async with bus.consume(QUEUE, listener):
        assert [each.body for each in await listener.heard(1)] == [b"poison"]


async def test_two_processes_that_look_at_one_moment_each_see_all_that_is_parked(
    bus: Bus, amqp_url: str, topology: Topology
) -> None:
    async with bus.consume(QUEUE, Parking("no sense in it")):
        await bus.publish([envelope() for _ in range(30)])
        await parked_in(bus, 30)
    async with open_rabbitmq(amqp_url, topology) as other:
        looks = await asyncio.gather(*(each.parked() for each in (bus, other) * 4))
        dropped = await asyncio.gather(*(each.drop_parked(lambda _: True) for each in (bus, other)))

    assert [len(each) for each in looks] == [30] * 8
    assert sorted(map(len, dropped)) == [0, 30]


async def test_whoever_is_gone_while_it_looked_keeps_nobody_from_looking(
    bus: Bus, stranger: AbstractChannel, amqp_url: str, topology: Topology
) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.declare_queue(Names(topology.namespace).looking, exclusive=True)
        looking = asyncio.create_task(bus.parked())
        await asyncio.wait([looking], timeout=0.5)
        waits = not looking.done()

    assert await looking == []
    assert waits


async def test_a_deleted_ladder_is_declared_again_and_climbed(
    bus: Bus, stranger: AbstractChannel, topology: Topology
) -> None:
    names = Names(topology.namespace)
    refusing = Refusing("not yet")
    await stranger.exchange_delete(names.rung(0))
    async with bus.consume(QUEUE, refusing):
        await bus.publish([envelope("1")])
        await parked_in(bus, 1)
        await stranger.queue_delete(names.rung(0))
        await stranger.queue_delete(names.parked)

        await bus.publish([envelope("2")])
        await parked_in(bus, 1)

    assert [(each.body, each.attempt) for each in refusing.envelopes] == [(b"1", 0), (b"1", 1), (b"2", 0), (b"2", 1)]


async def test_a_consumer_whose_queue_was_taken_away_for_good_says_that_it_is_interrupted(
    bus: Bus, stranger: AbstractChannel, topology: Topology
) -> None:
    names = Names(topology.namespace)
    async with bus.consume(QUEUE, Listener()) as consumption:
        assert not consumption.is_interrupted
        # An exchange of another kind keeps the topology from being declared again.
        await stranger.exchange_delete(names.exchange)
        other = await stranger.declare_exchange(names.exchange, "fanout", auto_delete=False)
        await stranger.queue_delete(names.queue(QUEUE))

        async def told() -> None:
            assert consumption.is_interrupted

        await eventually(told)
        await other.delete()

        async def received_again() -> None:
            assert not consumption.is_interrupted

        await eventually(received_again)


async def test_a_deleted_exchange_comes_back_with_its_bindings(
    bus: Bus, stranger: AbstractChannel, topology: Topology
) -> None:
    names = Names(topology.namespace)
    listener = Listener()
    async with bus.consume(QUEUE, listener):
        await stranger.exchange_delete(names.exchange)

        async def published_again() -> None:
            try:
                await bus.publish([envelope("after")])
            except BrokerUnavailable as error:
                raise AssertionError from error

        await eventually(published_again)
        await listener.heard(1)


async def test_a_reply_that_its_queue_refuses_is_dropped(bus: Bus, stranger: AbstractChannel) -> None:
    full = await stranger.declare_queue(exclusive=True, arguments={"x-max-length": 0, "x-overflow": "reject-publish"})

    await bus.publish([replace(envelope("too much"), address=full.name)])

    assert await full.get(fail=False) is None


async def test_a_reply_that_is_addressed_to_a_queue_of_ours_is_dropped(bus: Bus, topology: Topology) -> None:
    listener = Listener()
    async with bus.consume(QUEUE, listener):
        await bus.publish([replace(envelope("to ourselves"), address=Names(topology.namespace).queue(QUEUE))])
        await bus.publish([envelope("after")])
        await listener.heard(1)

    assert listener.bodies == ["after"]


async def test_whoever_waits_for_a_reply_is_told_that_the_connection_was_lost(
    amqp_url: str, topology: Topology
) -> None:
    async with AsyncExitStack() as later:
        async with open_rabbitmq(amqp_url, topology) as bus:
            asker = await later.enter_async_context(bus.open_reply_address())
            waiting = asyncio.create_task(asker.receive())
        for each in (waiting, asyncio.create_task(asker.receive())):
            with pytest.raises(BrokerUnavailable):
                await asyncio.wait_for(each, 10)


async def test_a_broker_that_is_not_there_is_named_without_its_password(topology: Topology) -> None:
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1 ") as refused:
        async with open_rabbitmq("amqp://guest:hush-hush@127.0.0.1:1/", topology):
            pass
    assert "hush" not in str(refused.value)


async def test_a_topology_of_another_shape_is_refused_with_what_differs(
    amqp_url: str, stranger: AbstractChannel, topology: Topology
) -> None:
    await stranger.declare_queue(Names(topology.namespace).queue(QUEUE), durable=True)

    with pytest.raises(BrokerUnavailable, match="PRECONDITION_FAILED"):
        async with open_rabbitmq(amqp_url, topology):
            pass
