"""The broker dies or stands still while messages are on their way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

import pytest

from deploy.driver.eventually import eventually
from deploy.local.server import Server
from libs.common.bus.port import BrokerUnavailable, Bus, BusError, Delivery
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.topology import Topology
from tests.support.listening import Held, Listener, envelope

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(150)]

CONFIRMED_WITHIN_S = 6


class Publisher:
    """Publishes numbered messages, a window at a time, each window until it is confirmed."""

    def __init__(self, bus: Bus, shards: int) -> None:
        self.bus = bus
        self.shards = shards
        self.confirmed = 0
        self.failures = 0
        self.longest_s = 0.0

    async def run(self, window: int = 20) -> None:
        while True:
            numbers = range(self.confirmed, self.confirmed + window)
            began = monotonic()
            try:
                await self.bus.publish([envelope(str(each), shard=each % self.shards) for each in numbers])
            except BusError:
                self.failures += 1
                await asyncio.to_thread(asyncio.Event)  # give others the loop
            else:
                self.confirmed = numbers.stop
            finally:
                self.longest_s = max(self.longest_s, monotonic() - began)

    async def reached(self, count: int) -> None:
        async def enough() -> None:
            assert self.confirmed >= count

        await eventually(enough, within_s=60)


@asynccontextmanager
async def running(publisher: Publisher) -> AsyncIterator[None]:
    """Publish while the context is open; fails if publishing ended by itself."""
    task = asyncio.create_task(publisher.run())
    try:
        yield
        assert not task.done(), "publishing ended by itself"
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def consuming(bus: Bus, topology: Topology, listener: Listener) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for queue in topology.queues_of("reader"):
            await stack.enter_async_context(bus.consume(queue, listener))
        yield


async def everything_came(listener: Listener, count: int) -> None:
    async def all_of_it() -> None:
        missing = {str(each) for each in range(count)} - set(listener.bodies)
        assert not missing

    await eventually(all_of_it, within_s=60)


async def test_a_killed_broker_loses_nothing_and_its_consumers_come_back(mortal: Server, topology: Topology) -> None:
    listener = Listener()
    async with open_rabbitmq(mortal.url, topology) as sending, open_rabbitmq(mortal.url, topology) as reading:
        publisher = Publisher(sending, topology.shards)
        async with consuming(reading, topology, listener), running(publisher):
            await publisher.reached(400)

            mortal.kill()
            await mortal.restart()

            await publisher.reached(publisher.confirmed + 400)
            await everything_came(listener, publisher.confirmed)
        await sending.check()
        await reading.check()
    assert publisher.failures > 0


async def test_what_was_read_before_the_broker_died_is_handled_again_and_by_nobody_twice_at_once(
    mortal: Server, topology: Topology
) -> None:
    held = Held()
    queue = topology.queues_of("reader")[0]
    async with open_rabbitmq(mortal.url, topology) as bus, bus.consume(queue, held, at_most=5):
        await bus.publish([envelope(str(number)) for number in range(20)])
        await held.has_begun.wait()

        mortal.kill()
        await mortal.restart()
        held.let_go.set()

        async def all_of_it() -> None:
            assert set(held.bodies) == {str(number) for number in range(20)}

        await eventually(all_of_it, within_s=30)
        first = len(held.batches[0])
        assert held.bodies[first:] == [str(number) for number in range(20)]
        await bus.publish([envelope("after")])
        await held.heard(first + 21)


async def test_a_stalled_broker_is_told_from_a_cancelled_task_and_served_again_when_it_goes_on(
    mortal: Server, topology: Topology
) -> None:
    listener = Listener()
    url = f"{mortal.url}?heartbeat=1"  # the connection is given up after six seconds
    async with open_rabbitmq(url, topology) as sending, open_rabbitmq(url, topology) as reading:
        publisher = Publisher(sending, topology.shards)
        async with consuming(reading, topology, listener), running(publisher):
            await publisher.reached(200)

            mortal.stall()
            await no_longer_answers(sending)

            async def given_up() -> None:
                assert publisher.failures >= 3

            await eventually(given_up, within_s=20)
            mortal.resume()

            await publisher.reached(publisher.confirmed + 200)
            await everything_came(listener, publisher.confirmed)
        await eventually_well(sending)
    assert publisher.longest_s < CONFIRMED_WITHIN_S


async def no_longer_answers(bus: Bus) -> None:
    """A signal takes a moment to stop every thread."""

    async def silent() -> None:
        try:
            await bus.check()
        except BrokerUnavailable:
            return
        raise AssertionError("it still answers")

    await eventually(silent)


async def eventually_well(bus: Bus) -> None:
    async def well() -> None:
        try:
            await bus.check()
        except BrokerUnavailable as error:
            raise AssertionError from error

    await eventually(well)


async def test_a_message_that_has_to_climb_waits_for_a_stalled_broker_and_loses_no_attempt(
    mortal: Server, topology: Topology
) -> None:
    came: list[tuple[bytes, int]] = []
    has_begun, goes_on = asyncio.Event(), asyncio.Event()

    async def refuse_once(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            came.append((delivery.envelope.body, delivery.envelope.attempt))
            if delivery.envelope.attempt:
                await delivery.ack()
                continue
            has_begun.set()
            await goes_on.wait()
            await delivery.retry("not yet")

    async with open_rabbitmq(mortal.url, topology) as bus:
        async with bus.consume(topology.queues_of("reader")[0], refuse_once):
            await bus.publish([envelope("climbs")])
            await has_begun.wait()
            mortal.stall()
            await no_longer_answers(bus)
            goes_on.set()
            with pytest.raises(BrokerUnavailable):
                await bus.publish([envelope("not now", shard=1)])
            mortal.resume()

            async def came_again() -> None:
                assert (b"climbs", 1) in came

            await eventually(came_again)
        assert await bus.parked() == []


@pytest.mark.parametrize("trouble", ["killed", "stalled"])
async def test_leaving_does_not_wait_for_a_broker_that_is_gone(
    mortal: Server, topology: Topology, trouble: str
) -> None:
    before = asyncio.all_tasks()
    listener = Listener()
    async with open_rabbitmq(mortal.url, topology) as bus, consuming(bus, topology, listener):
        await bus.publish([envelope()])
        await listener.heard(1)
        if trouble == "killed":
            mortal.kill()
            await mortal.wait()
        else:
            mortal.stall()
        began = monotonic()
    assert monotonic() - began < 8

    async def nothing_is_left() -> None:
        assert {each for each in asyncio.all_tasks() - before if not each.done()} == set()

    await eventually(nothing_is_left, within_s=10)
