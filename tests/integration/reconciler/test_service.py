"""The service as it runs: told of rooms over the bus, comparing them by itself, measured and well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest_asyncio
from prometheus_client import REGISTRY

from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.runtime import Service
from libs.common.topology import Lane
from libs.contracts.message import Message
from libs.contracts.messages import CancellationsConfirmed, SpaceMapped, SpaceUnmapped, SweepRequested
from libs.contracts.values import Actor, ActorKind
from services.bus import codec, topology
from services.reconciler.store import rooms
from services.reconciler.wiring import open_service
from tests.integration.reconciler.world import Room, World


@pytest_asyncio.fixture
async def bus(world: World) -> MemoryBus:
    return MemoryBus(topology(world.settings))


@pytest_asyncio.fixture
async def service(world: World, bus: MemoryBus) -> AsyncIterator[Service]:
    """The service with all of its tasks but the web server running."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service(world.settings, bus))
        running = [asyncio.create_task(task()) for name, task in service.tasks.items() if name != "health"]
        yield service
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def publish(world: World, bus: MemoryBus, message: Message) -> None:
    envelope = codec(world.settings).envelope(
        message, message_id=uuid4(), correlation_id="test", lane=Lane.LIVE, sent_at=utc_now()
    )
    await bus.publish([envelope])


async def test_a_mapped_room_is_compared_by_itself_and_its_drift_reaches_policys_queue(
    world: World, bus: MemoryBus, service: Service
) -> None:
    room = Room(uuid4(), await world.simulator.add_room("Room"))
    await world.invite(room)
    found = REGISTRY.get_sample_value("roomsync_drifts_found_total", {"kind": "missing_in_ledger"}) or 0
    await world.map(room)

    await publish(
        world, bus, SpaceMapped(space_id=room.space_id, connection_id=world.connection_id, room_mailbox=room.address)
    )

    async def is_asked() -> bool:
        drifts = await world.drifts(room)
        owed = await world.database.fetchval("SELECT count(*) FROM reconciler.outbox")
        return bool(drifts) and owed == 0

    await world.eventually(is_asked)
    assert REGISTRY.get_sample_value("roomsync_drifts_found_total", {"kind": "missing_in_ledger"}) == found + 1


async def test_a_sweep_that_is_asked_for_does_not_wait_for_its_turn(
    world: World, bus: MemoryBus, service: Service
) -> None:
    room = await world.room()

    async def is_compared() -> bool:
        return (await world.known(room))["compared_at"] is not None

    await world.eventually(is_compared)
    before = (await world.known(room))["compared_at"]
    await publish(world, bus, SweepRequested(space_id=room.space_id, reason="subscription_created"))

    async def is_compared_again() -> bool:
        return bool((await world.known(room))["compared_at"] > before)

    await world.eventually(is_compared_again)
    assert (await world.known(room))["asked_at"] is None


async def test_what_was_confirmed_by_message_goes_on_at_once(world: World, bus: MemoryBus, service: Service) -> None:
    room = await world.room()

    async def agrees() -> bool:
        return bool((await world.known(room))["state"] == "agrees")

    await world.eventually(agrees)
    since = await world.database.fetchval(
        "UPDATE reconciler.rooms SET braked_at = clock_timestamp(), braked_cancels = 7 WHERE space_id = $1 "
        "RETURNING braked_at",
        room.space_id,
    )
    by = Actor(kind=ActorKind.ADMINISTRATOR, name="Ada")

    await publish(world, bus, CancellationsConfirmed(space_id=room.space_id, braked_at=since, cancellations=7, by=by))

    await world.eventually(agrees)


async def test_an_unmapped_room_is_not_compared_any_more(world: World, bus: MemoryBus, service: Service) -> None:
    room = await world.room()
    await world.unmap(room)
    await publish(world, bus, SpaceUnmapped(space_id=room.space_id, room_mailbox=room.address))

    async def is_forgotten() -> bool:
        return not await world.database.fetchval(
            "SELECT count(*) FROM reconciler.rooms WHERE space_id = $1", room.space_id
        )

    await world.eventually(is_forgotten)


async def test_the_longest_neglected_room_is_measured_and_quarantined_ones_are_not(world: World) -> None:
    room = await world.room()
    await world.database.execute("UPDATE reconciler.rooms SET since = since - interval '1 hour'")
    assert 3600 <= await rooms.oldest_unswept_s(world.sweeper.pool) < 3700

    await world.sweep(room)
    assert await rooms.oldest_unswept_s(world.sweeper.pool) < 60

    await world.database.execute(
        "UPDATE reconciler.rooms SET compared_at = compared_at - interval '1 hour', is_quarantined = true"
    )
    assert await rooms.oldest_unswept_s(world.sweeper.pool) == 0
