"""Whose turn it is, and in whose hands a room is."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from libs.contracts.messages import SpaceMapped, SpaceUnmapped, SweepRequested
from services.reconciler.handlers import rooms as handlers
from services.reconciler.store import rooms
from tests.integration.reconciler.world import World


async def _claimed(world: World, holder: object = None) -> list[rooms.ClaimedRoom]:
    return await rooms.claim_due(world.sweeper.pool, holder or world.sweeper.holder, 1000)  # type: ignore[arg-type]


async def test_those_asked_for_come_first_then_those_not_compared_for_longest(world: World) -> None:
    fresh, old, wanted = [await world.room() for _ in range(3)]
    for room in (old, fresh, wanted):
        await world.sweep(room)
    never = await world.room()
    await world.database.execute("UPDATE reconciler.rooms SET due_at = now() - interval '1 minute'")
    await rooms.ask(world.sweeper.pool, wanted.space_id, "test")
    await world.database.execute(
        "UPDATE reconciler.rooms SET compared_at = compared_at - interval '1 hour' WHERE space_id = $1", old.space_id
    )

    turns = [
        [each.space_id for each in await rooms.claim_due(world.sweeper.pool, world.sweeper.holder, 1)] for _ in "1234"
    ]
    assert turns == [[wanted.space_id], [never.space_id], [old.space_id], [fresh.space_id]]


async def test_a_room_in_one_hand_is_in_no_other(world: World) -> None:
    room = await world.room()
    assert [each.space_id for each in await _claimed(world)] == [room.space_id]

    assert await _claimed(world, uuid4()) == []


async def test_a_hand_that_lost_its_room_writes_nothing(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    [mine] = await _claimed(world)
    await world.database.execute("UPDATE reconciler.rooms SET held_until = now() - interval '1 second'")
    other = uuid4()
    [theirs] = await _claimed(world, other)

    await world.sweeper.sweep(mine)
    assert await world.drifts(room) == []
    assert (await world.known(room))["compared_at"] is None

    concluder = replace(world.sweeper.concluder, holder=other)
    await replace(world.sweeper, holder=other, concluder=concluder).sweep(theirs)
    assert await world.open_drifts(room) != []


async def test_a_room_asked_for_while_it_is_compared_is_compared_again(world: World) -> None:
    room = await world.room()
    [claimed] = await _claimed(world)
    async with world.sweeper.pool.acquire() as conn:
        await handlers.on_sweep_requested(conn, SweepRequested(space_id=room.space_id, reason="notifications_missed"))

    await world.sweeper.sweep(claimed)
    [again] = await _claimed(world)
    assert again.asked_because == "notifications_missed"
    await world.sweeper.sweep(again)
    assert await _claimed(world) == []


async def test_the_loop_compares_what_is_due_and_lets_go_when_stopped(world: World) -> None:
    here, there = await world.room(), await world.room()
    running = asyncio.create_task(world.sweeper.run())

    async def are_compared() -> bool:
        return None not in [(await world.known(room))["agreed_at"] for room in (here, there)]

    await world.eventually(are_compared)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [(await world.known(room))["holder"] for room in (here, there)] == [None, None]


async def test_a_stopped_process_leaves_its_rooms_to_others_at_once(world: World) -> None:
    room = await world.room()
    async with world.simulator.faults({"match": {"mailbox": room.address}, "effect": {"delay_ms": 60000}}):
        running = asyncio.create_task(world.sweeper.run())

        async def is_held() -> bool:
            return (await world.known(room))["holder"] is not None

        await world.eventually(is_held)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert [each.space_id for each in await _claimed(world, uuid4())] == [room.space_id]


async def test_a_polled_room_is_compared_more_often(world: World) -> None:
    room = await world.room()
    [claimed] = await _claimed(world)
    await world.sweeper.sweep(replace(claimed, watch_state="polling"))

    known = await world.known(room)
    assert known["due_at"] - known["compared_at"] < timedelta(seconds=61)


async def test_an_unmapped_room_is_forgotten_with_its_open_drifts(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    await world.sweep(room)
    assert await world.open_drifts(room) != []
    await world.unmap(room)

    async with world.sweeper.pool.acquire() as conn:
        await handlers.on_space_mapped(conn, SpaceUnmapped(space_id=room.space_id, room_mailbox=room.address))

    assert await world.drifts(room) == []
    assert (
        await world.database.fetchval("SELECT count(*) FROM reconciler.rooms WHERE space_id = $1", room.space_id) == 0
    )


async def test_a_room_mapped_anew_starts_from_nothing_and_at_once(world: World) -> None:
    room = await world.room()
    await world.sweep(room)
    other = await world.simulator.add_room("Other")
    await world.database.execute("UPDATE policy.spaces SET room_mailbox = $2 WHERE id = $1", room.space_id, other)

    async with world.sweeper.pool.acquire() as conn:
        await handlers.on_space_mapped(
            conn, SpaceMapped(space_id=room.space_id, connection_id=world.connection_id, room_mailbox=other)
        )
    await world.admit(replace(room, address=other))

    assert (await world.known(room))["compared_at"] is None
    assert [each.room_mailbox for each in await _claimed(world)] == [other]


async def test_a_mailbox_that_is_not_admitted_is_not_compared(world: World) -> None:
    room = await world.room()
    await world.admit(room, is_admitted=False)
    assert await _claimed(world) == []

    await world.admit(room)

    assert [each.space_id for each in await _claimed(world)] == [room.space_id]


async def test_a_mapping_nobody_told_of_is_taken_up(world: World) -> None:
    room = await world.room()
    await world.database.execute("DELETE FROM reconciler.rooms")

    await rooms.adopt(world.sweeper.pool)

    assert [each.space_id for each in await _claimed(world)] == [room.space_id]


async def test_only_what_is_being_compared_keeps_its_claim(world: World) -> None:
    room = await world.room()
    await world.sweeper.claim(10)
    before = (await world.known(room))["held_until"]

    await rooms.prolong(world.sweeper.pool, world.sweeper.holder, world.sweeper.in_hand)
    assert (await world.known(room))["held_until"] == before

    await rooms.prolong(world.sweeper.pool, world.sweeper.holder, {room.space_id})
    assert (await world.known(room))["held_until"] > before
