"""Floods of notifications about one room: other rooms of its shard are answered, and the room itself is swept."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.topology import Lane, Topology
from libs.contracts.messages import OutlookNotified
from services.ingest.loops.owed_sweeps import ask_for_owed_sweeps, ask_once
from tests.integration.ingest.test_flow import Heard, heard
from tests.integration.ingest.world import Json, Space, World

__all__ = ["heard"]

STORM = 5_000


@pytest.fixture
async def asking(world: World) -> AsyncIterator[None]:
    """Ingest's loop of owed sweeps."""
    loop = asyncio.create_task(ask_for_owed_sweeps(world.pool, world.codec, 0.1))
    yield
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def rooms_of_one_shard(world: World, topology: Topology) -> tuple[Space, Space]:
    """Two rooms whose notifications share a queue."""
    first = await world.room()
    while True:
        other = await world.room()
        if topology.shard_of(str(first.id)) == topology.shard_of(str(other.id)):
            return first, other


async def notify(world: World, bus: MemoryBus, space: Space, event_ids: Iterable[str]) -> None:
    """Put notifications onto the bus, as the webhook does."""
    now = utc_now()
    messages = [
        OutlookNotified(space_id=space.id, event_id=each, change="created", received_at=now) for each in event_ids
    ]
    await bus.publish(
        [
            world.codec.envelope(each, message_id=uuid4(), correlation_id=str(uuid4()), lane=Lane.LIVE, sent_at=now)
            for each in messages
        ]
    )


def unknown(count: int) -> list[str]:
    return [f"AAMkAGI2{number:08}AAA=" for number in range(count)]


async def reads(world: World, space: Space) -> list[Json]:
    calls = await world.simulator.requests(space.address)
    return [call for call in calls if call["client_id"] == world.simulator.client_id]


@pytest.mark.usefixtures("asking")
async def test_a_storm_of_unknown_ids_holds_up_no_other_room_and_becomes_a_few_sweeps(
    world: World, bus: MemoryBus, topology: Topology, heard: Heard
) -> None:
    noisy, other = await rooms_of_one_shard(world, topology)
    event = await world.put(other)
    await notify(world, bus, noisy, unknown(STORM))

    await notify(world, bus, other, [event["id"]])

    async def answered() -> None:
        assert event["iCalUId"] in [each.ical_uid for each in heard.of(other)]

    # A second or two on a machine that is idle; reading each, four times, would take minutes.
    await eventually(answered, within_s=120)
    assert heard.of(noisy) == []
    assert len(await reads(world, noisy)) <= 100
    assert await world.misses(noisy) == []

    async def swept() -> None:
        found = await world.sweeps(noisy)
        assert 1 <= len(found) <= 6, found
        assert set(found) == {"notifications_missed"}
        assert not (await world.watch(noisy))["is_sweep_owed"] or (await world.watch(noisy))["sweep_asked_at"]

    await eventually(swept)


async def test_a_storm_about_meetings_that_are_there_takes_no_more_than_its_share(
    world: World, bus: MemoryBus, topology: Topology, heard: Heard
) -> None:
    busy, other = await rooms_of_one_shard(world, topology)
    mine, event = await world.put(busy), await world.put(other)
    series = [mine["id"]] * 2000
    await notify(world, bus, busy, series)

    await notify(world, bus, other, [event["id"]])

    async def answered() -> None:
        assert event["iCalUId"] in [each.ical_uid for each in heard.of(other)]

    await eventually(answered, within_s=30)


async def test_a_mailbox_that_does_not_answer_costs_its_shard_one_wait(
    world: World, bus: MemoryBus, topology: Topology, heard: Heard
) -> None:
    slow, other = await rooms_of_one_shard(world, topology)
    event = await world.put(other)
    async with world.simulator.faults({"match": {"mailbox": slow.address}, "effect": {"delay_ms": 60_000}}):
        await notify(world, bus, slow, unknown(400))
        await notify(world, bus, other, [event["id"]])

        async def answered() -> None:
            assert event["iCalUId"] in [each.ical_uid for each in heard.of(other)]

        await eventually(answered, within_s=30)


async def test_a_sweep_that_is_owed_is_asked_for_once_and_not_at_once_again(world: World) -> None:
    space = await world.room()
    await world.set(space, "is_sweep_owed = true")
    await ask_once(world.pool, world.codec)
    await ask_once(world.pool, world.codec)
    assert await world.sweeps(space) == ["notifications_missed"]

    await world.set(space, "is_sweep_owed = true")
    await ask_once(world.pool, world.codec)
    assert await world.sweeps(space) == ["notifications_missed"], "the last one was asked for a moment ago"

    await world.set(space, "sweep_asked_at = now() - interval '11 seconds'")
    await ask_once(world.pool, world.codec)
    assert await world.sweeps(space) == ["notifications_missed"] * 2
