"""From a change in Outlook to an observation: the simulator's notifications, the webhook, the queues and the reader."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Delivery
from libs.common.clock import utc_now
from libs.common.deliver import at_least_once, in_transaction
from libs.common.hold import Hold
from libs.common.relay import Relay
from libs.common.topology import Lane, Topology
from libs.contracts.messages import LifecycleNotified, MeetingObserved, OutlookNotified
from libs.contracts.values import Observation
from services.ingest.handlers import rooms
from services.ingest.handlers.reader import Reader
from services.ingest.loops.look_again import look_again
from services.ingest.loops.owed_sweeps import ask_once
from tests.integration.ingest.conftest import Start
from tests.integration.ingest.world import Json, Space, World, moment

GRACE_S = 0.1


@dataclass
class Heard:
    """What policy was told, and when."""

    world: World
    told: list[tuple[datetime, Observation]] = field(default_factory=list)

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            message = self.world.codec.message(delivery.envelope)
            assert isinstance(message, MeetingObserved)
            self.told.append((datetime.now(UTC), message.observation))
            await delivery.ack()

    def of(self, space: Space) -> list[Observation]:
        return [each for _, each in self.told if each.space_id == space.id]

    async def once(self, space: Space, count: int = 1) -> list[Observation]:
        async def look() -> list[Observation]:
            assert len(self.of(space)) >= count
            return self.of(space)

        return await eventually(look)


@pytest.fixture
async def heard(world: World, bus: MemoryBus, topology: Topology) -> AsyncIterator[Heard]:
    """Ingest's consumers at work, and policy listening."""
    heard = Heard(world)
    reader = Reader(world.pool, world.clients, Lane.LIVE, GRACE_S, 16)
    handlers = {
        "ingest": at_least_once(
            bus, world.codec, "ingest", {OutlookNotified: reader.on_outlook_notified}, utc_now, Hold(world.pool)
        ),
        "ingest-rooms": in_transaction(
            world.pool, world.codec, "ingest-rooms", {LifecycleNotified: rooms.on_lifecycle_notified}, utc_now
        ),
        "policy": heard.take,
    }
    async with AsyncExitStack() as stack:
        for consumer, handler in handlers.items():
            for queue in topology.queues_of(consumer):
                await stack.enter_async_context(bus.consume(queue, handler))
        yield heard


@pytest.fixture
async def looking_again(world: World, database: str, bus: MemoryBus) -> AsyncIterator[None]:
    """Ingest's loop of looks to repeat, and the relay that carries them."""
    tasks = [
        asyncio.create_task(look_again(world.pool, world.codec, 0.1)),
        asyncio.create_task(Relay(database, "ingest", bus).run()),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def watched(world: World, start: Start) -> Space:
    space = await world.watched()
    await start(world.loop())
    await eventually(lambda: world.active(space))
    return space


async def reads(world: World, space: Space) -> int:
    calls = await world.simulator.requests(space.address)
    return len([call for call in calls if call["client_id"] == world.simulator.client_id and "/events" in call["path"]])


async def test_an_invitation_is_observed(world: World, start: Start, heard: Heard) -> None:
    space = await watched(world, start)
    ada = await world.simulator.add_user("Ada")
    room = {"type": "resource", "emailAddress": {"address": space.address}}
    body = {"subject": "Planning", "start": moment(9), "end": moment(10), "attendees": [room]}

    event = await world.graph("POST", f"/users/{ada}/events", body)

    observed = (await heard.once(space))[-1]
    assert (observed.ical_uid, observed.room_mailbox) == (event["iCalUId"], space.address)
    assert observed.meeting is not None
    assert observed.meeting.organizer is not None
    assert observed.meeting.organizer.address.lower() == ada


async def test_a_storm_of_notifications_is_read_a_few_times_and_ends_at_the_truth(
    world: World, start: Start, heard: Heard
) -> None:
    """Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/5469"""
    space = await watched(world, start)
    storm = {"extra_updates": [3, 3], "duplicate": 1, "reorder": 0.5, "held_back_ms": 300, "delay_ms": [1, 20]}
    # Slower than the storm, so that most of it is at hand by the second read.
    slow_reads = {"match": {"mailbox": space.address, "app": "roomsync"}, "effect": {"delay_ms": 500}}
    await world.simulator.ask("PUT", "/delivery", storm)
    try:
        event = await world.put(space)
        await world.graph("PATCH", f"/users/{space.address}/events/{event['id']}", {"subject": "Planned"})

        async def quiet() -> None:
            assert (await world.simulator.ask("GET", "/quiet"))["quiet"]
            assert heard.of(space)
            found = heard.of(space)[-1]
            assert found.meeting is not None
            assert found.meeting.subject == "Planned"

        async with world.simulator.faults(slow_reads):
            await eventually(quiet)
    finally:
        calm = {"extra_updates": [1, 2], "duplicate": 0, "reorder": 0, "held_back_ms": 1000, "delay_ms": [20, 80]}
        await world.simulator.ask("PUT", "/delivery", calm)

    assert {each.ical_uid for each in heard.of(space)} == {event["iCalUId"]}
    # Two changes made sixteen notifications.
    assert 1 <= await reads(world, space) <= 12


@pytest.mark.usefixtures("looking_again")
async def test_a_deleted_meeting_holds_up_no_other(world: World, start: Start, heard: Heard) -> None:
    space = await watched(world, start)
    gone = await world.put(space, 9)
    await heard.once(space)

    await world.graph("DELETE", f"/users/{space.address}/events/{gone['id']}")
    kept = await world.put(space, 11)

    async def both() -> None:
        last = {each.ical_uid: each.meeting for each in heard.of(space)}
        assert last.get(gone["iCalUId"], "never told") is None
        assert last.get(kept["iCalUId"]) is not None

    await eventually(both)


@pytest.mark.usefixtures("looking_again")
async def test_an_event_that_cannot_be_read_yet_is_observed_after_one_notification(
    world: World, start: Start, heard: Heard
) -> None:
    """Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/5469"""
    space = await watched(world, start)
    await world.simulator.ask("PUT", "/delivery", {"extra_updates": [0, 0]})
    not_yet = {"match": {"mailbox": space.address, "method": "GET", "path": "/events/"}, "effect": {"status": 404}}
    try:
        async with world.simulator.faults(not_yet):
            event = await world.put(space)

            async def missed() -> None:
                assert [each["event_id"] for each in await world.misses(space)] == [event["id"]]

            await eventually(missed)
            assert (await world.simulator.ask("GET", "/quiet"))["quiet"]
            assert heard.of(space) == []
    finally:
        await world.simulator.ask("PUT", "/delivery", {"extra_updates": [1, 2]})

    (observed,) = await heard.once(space)
    assert observed.meeting is not None
    assert observed.meeting.event_id == event["id"]
    assert await world.misses(space) == []


async def test_what_cannot_be_read_is_parked_with_its_reason_and_the_queue_goes_on(
    world: World, bus: MemoryBus, start: Start, heard: Heard
) -> None:
    bad = await watched(world, start)
    good = await watched(world, start)
    async with world.simulator.faults({"match": {"mailbox": bad.address, "method": "GET"}, "effect": {"status": 403}}):
        await world.put(bad)
        await world.put(good)
        assert (await heard.once(good))[0].meeting is not None

        async def parked() -> list[str]:
            found = [
                each.reason
                for each in await bus.parked()
                if str(bad.id) in each.envelope.body.decode() and each.queue.startswith("ingest.")
            ]
            assert found
            return found

        reasons = await eventually(parked)
    assert all(reason.startswith("Forbidden: ") for reason in reasons)
    assert heard.of(bad) == []


@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved", "missed"])
async def test_what_graph_says_of_a_subscription_is_acted_upon(
    world: World, start: Start, heard: Heard, event: str
) -> None:
    space = await watched(world, start)
    first = await world.active(space)

    await world.simulator.ask("POST", "/lifecycle", {"mailbox": space.address, "event": event})

    async def acted() -> Json:
        await ask_once(world.pool, world.codec)
        watch = await world.active(space)
        calls = [
            call["method"]
            for call in await world.simulator.requests()
            if first["subscription_id"] in call["path"] and call["client_id"] == world.simulator.client_id
        ]
        is_same, sweeps = watch["subscription_id"] == first["subscription_id"], await world.sweeps(space)
        assert (is_same, calls, sweeps) == EXPECTED[event]
        return watch

    watch = await eventually(acted)
    assert [each["id"] for each in await world.subscriptions(space)] == [watch["subscription_id"]]


EXPECTED = {
    "reauthorizationRequired": (True, ["PATCH"], ["subscription_created"]),
    "subscriptionRemoved": (False, [], ["subscription_created", "subscription_created"]),
    "missed": (True, [], ["subscription_created", "notifications_missed"]),
}


async def test_an_observation_takes_well_under_a_second(world: World, start: Start, heard: Heard) -> None:
    spaces = [await watched(world, start) for _ in range(4)]
    began = {space.id: datetime.now(UTC) for space in spaces}

    async def change(space: Space) -> None:
        began[space.id] = datetime.now(UTC)
        await world.put(space)
        await heard.once(space)

    await asyncio.gather(*map(change, spaces))
    for space in spaces:
        first = next(at for at, each in heard.told if each.space_id == space.id)
        assert first - began[space.id] < timedelta(seconds=1)
