"""Replying: to whoever asked and nobody else, and never in the way of anything."""

import asyncio
from dataclasses import replace

from deploy.driver.eventually import eventually
from libs.common.bus.port import Bus, Envelope
from libs.common.topology import Lane, QueueName
from tests.integration.common.bus_contract.conftest import System
from tests.support.listening import Listener, Refusing, by_id, envelope

QUEUE = QueueName("reader", Lane.LIVE, 0)


def reply(address: str, body: str, *, kind: str = "answered.v1", correlation_id: str = "corr-1") -> Envelope:
    """A reply, of whichever type; also of one that others listen to."""
    return replace(envelope(body, kind=kind), address=address, correlation_id=correlation_id)


async def test_a_reply_reaches_whoever_asked_and_nobody_else(shared: System) -> None:
    listener = Listener()
    async with (
        shared.open() as asking,
        shared.open() as answering,
        asking.open_reply_address() as asker,
        asking.open_reply_address() as another,
        asking.consume(QUEUE, listener),
    ):
        answer = reply(asker.name, "done", kind="seen.v1")
        await answering.publish([answer, reply(another.name, "refused"), envelope("heard")])

        received = await asyncio.wait_for(asker.receive(), 20)
        assert received == replace(answer, address=None)
        assert (await asyncio.wait_for(another.receive(), 20)).body == b"refused"
        await listener.heard(1)
    assert listener.bodies == ["heard"]


async def test_replies_come_in_order_and_are_told_apart_by_what_they_answer(bus: Bus) -> None:
    async with bus.open_reply_address() as asker:
        for number in range(20):
            await bus.publish([reply(asker.name, str(number), correlation_id=f"corr-{number}")])
        received = [await asyncio.wait_for(asker.receive(), 20) for _ in range(20)]

    assert [(each.body.decode(), each.correlation_id) for each in received] == [
        (str(number), f"corr-{number}") for number in range(20)
    ]


async def test_a_reply_whose_address_is_gone_is_dropped_and_the_rest_arrives(bus: Bus) -> None:
    listener = Listener()
    async with bus.open_reply_address() as asker:
        pass

    await bus.publish([reply(asker.name, "too late"), envelope("taken"), reply("nobody", "lost")])

    async with bus.consume(QUEUE, listener):
        await listener.heard(1)
    assert listener.bodies == ["taken"]
    assert await bus.parked() == []


async def test_where_to_reply_to_is_kept_on_the_ladder_and_when_parked_and_replayed(bus: Bus) -> None:
    refusing, listener = Refusing("not yet"), Listener()
    async with bus.consume(QUEUE, refusing):
        await bus.publish([replace(envelope("asked"), reply_to="somebody")])

        async def is_parked() -> None:
            assert len(await bus.parked()) == 1

        await eventually(is_parked)
    (parked,) = await bus.parked()
    assert await bus.replay_parked(by_id(parked.envelope.message_id))
    async with bus.consume(QUEUE, listener):
        await listener.heard(1)

    assert [each.reply_to for each in (*refusing.envelopes, parked.envelope, *listener.envelopes)] == ["somebody"] * 5


async def test_where_to_reply_to_outlives_the_process(durable: System) -> None:
    async with durable.open() as bus:
        await bus.publish([replace(envelope("asked"), reply_to="somebody")])

    listener = Listener()
    async with durable.open() as bus, bus.consume(QUEUE, listener):
        (asked,) = await listener.heard(1)
    assert asked.reply_to == "somebody"
