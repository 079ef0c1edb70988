"""Consuming: in order, one batch at a time, at least once."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from deploy.driver.eventually import eventually
from libs.common.bus.port import Bus, Delivery
from libs.common.topology import Lane, QueueName
from tests.integration.common.bus_contract.conftest import System
from tests.support.listening import Held, Listener, envelope

LIVE, BULK = QueueName("reader", Lane.LIVE, 0), QueueName("reader", Lane.BULK, 0)


async def test_each_shard_keeps_its_order(bus: Bus) -> None:
    listeners = [Listener(), Listener()]
    async with AsyncExitStack() as stack:
        for shard, listener in enumerate(listeners):
            await stack.enter_async_context(bus.consume(QueueName("reader", Lane.LIVE, shard), listener, at_most=7))
        for start in range(0, 200, 40):
            await bus.publish([envelope(str(number), shard=number % 2) for number in range(start, start + 40)])
        for listener in listeners:
            await listener.heard(100)

    assert listeners[0].bodies == [str(number) for number in range(0, 200, 2)]
    assert listeners[1].bodies == [str(number) for number in range(1, 200, 2)]


async def test_a_batch_is_never_larger_than_asked_for(bus: Bus) -> None:
    listener = Listener()
    await bus.publish([envelope(str(number)) for number in range(25)])

    async with bus.consume(LIVE, listener, at_most=10):
        await listener.heard(25)

    assert max(len(batch) for batch in listener.batches) <= 10
    assert all(listener.batches)


class Working:
    """Counts on a sheet shared by several consumers, and notices when two are at work at once."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.at_work = 0
        self.most_at_work = 0

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        for delivery in deliveries:
            self.begun.append(delivery.envelope.body.decode())
            await asyncio.to_thread(str)
            await delivery.ack()
        self.at_work -= 1

    async def reached(self, count: int) -> None:
        async def enough() -> None:
            assert len(self.begun) >= count

        await eventually(enough)


async def test_of_two_consumers_one_works_at_a_time_and_order_outlives_the_hand_over(shared: System) -> None:
    working = Working()
    async with shared.open() as one, shared.open() as other:
        await one.publish([envelope(str(number)) for number in range(400)])
        async with AsyncExitStack() as stack:
            async with one.consume(LIVE, working, at_most=10):
                await stack.enter_async_context(other.consume(LIVE, working, at_most=10))
                await working.reached(50)
            await working.reached(400)

    assert working.most_at_work == 1
    assert working.begun == [str(number) for number in range(400)]


async def test_bulk_work_never_delays_live_work(bus: Bus) -> None:
    bulk, live = Held(), Listener()
    async with bus.consume(BULK, bulk), bus.consume(LIVE, live):
        await bus.publish([envelope(lane=Lane.BULK) for _ in range(50)])
        await bulk.has_begun.wait()

        await bus.publish([envelope("live")])

        await live.heard(1)
        assert bulk.envelopes == []
        bulk.let_go.set()
        await bulk.heard(50)


async def test_leaving_finishes_the_batch_in_hand_and_leaves_the_rest_in_order(bus: Bus) -> None:
    held, later = Held(), Listener()
    await bus.publish([envelope(str(number)) for number in range(30)])

    async def consume() -> None:
        async with bus.consume(LIVE, held, at_most=10):
            await held.has_begun.wait()

    leaving = asyncio.create_task(consume())
    await held.has_begun.wait()
    held.let_go.set()
    await leaving

    done = len(held.envelopes)
    assert 1 <= done <= 10
    async with bus.consume(LIVE, later):
        await later.heard(30 - done)
    assert held.bodies + later.bodies == [str(number) for number in range(30)]


async def test_what_a_dead_consumer_held_comes_again(durable: System) -> None:
    held, later = Held(), Listener()
    async with durable.open() as bus:
        await bus.publish([envelope(str(number)) for number in range(5)])

    async def consume() -> None:
        async with durable.open() as bus, bus.consume(LIVE, held, at_most=3):
            await asyncio.get_running_loop().create_future()

    dying = asyncio.create_task(consume())
    await held.has_begun.wait()
    dying.cancel()

    # A cancelled consumer waits for the batch in hand; cancelled again, it is gone as if it had died.
    async def is_gone() -> None:
        dying.cancel()
        assert dying.done()

    await eventually(is_gone)

    async with durable.open() as bus, bus.consume(LIVE, later):
        await later.heard(5)
    assert held.envelopes == []
    assert later.bodies == [str(number) for number in range(5)]
