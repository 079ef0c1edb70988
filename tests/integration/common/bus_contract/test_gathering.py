"""Gathering: a batch waits for what follows a message that comes with others, and for nothing else."""

import asyncio

from libs.common.bus.port import Bus, Envelope, Gathering
from libs.common.topology import Lane, QueueName
from tests.support.listening import Listener, envelope

LIVE = QueueName("reader", Lane.LIVE, 0)
LONG_S = 60.0


def gathering(pause_s: float) -> Gathering:
    def comes_with_others(each: Envelope) -> bool:
        return each.body == b"first of several"

    return Gathering(pause_s, comes_with_others)


async def test_what_follows_within_the_pause_is_in_the_same_batch_in_order(bus: Bus) -> None:
    listener = Listener()
    async with bus.consume(LIVE, listener, gathering=gathering(1)):
        await bus.publish([envelope("first of several")])
        await asyncio.sleep(0.2)
        await bus.publish([envelope("second")])
        await bus.publish([envelope("third")])
        await listener.heard(3)

    assert len(listener.batches) == 1
    assert listener.bodies == ["first of several", "second", "third"]


async def test_other_messages_wait_for_nothing(bus: Bus) -> None:
    listener = Listener()
    async with bus.consume(LIVE, listener, gathering=gathering(LONG_S)):
        await bus.publish([envelope("alone")])

        await listener.heard(1)


async def test_a_full_batch_waits_for_nothing_and_is_no_larger_than_asked_for(bus: Bus) -> None:
    listener = Listener()
    await bus.publish([envelope("first of several"), *(envelope(str(number)) for number in range(5))])

    async with bus.consume(LIVE, listener, at_most=3, gathering=gathering(LONG_S)):
        await listener.heard(6)

    assert max(len(batch) for batch in listener.batches) <= 3


async def test_what_was_gathered_when_its_consumer_leaves_comes_to_the_next_one(bus: Bus) -> None:
    leaving, later = Listener(), Listener()
    await bus.publish([envelope("first of several")])

    async with asyncio.timeout(20):
        async with bus.consume(LIVE, leaving, gathering=gathering(LONG_S)):
            await asyncio.sleep(0.2)
        async with bus.consume(LIVE, later):
            await later.heard(1)

    assert leaving.envelopes == []
