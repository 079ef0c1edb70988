"""Whose turn it is, what is recorded about each room, and what keeps one bad room from hurting others."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from libs.common.clock import utc_now
from libs.common.db import open_pool
from libs.common.retention import forget_old
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind, RetryRequested, SpaceMapped, SpaceUnmapped, SweepRequested
from services.reconciler.handlers import rooms as handlers
from services.reconciler.store import brakes, rooms
from services.reconciler.store.retention import RETENTIONS
from tests.integration.reconciler.world import Json, Room, World, at


async def test_agreement_is_recorded_and_asks_nothing(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    await world.until_agreed(room)
    before = await world.known(room)

    assert await world.sweep(room) == []

    after = await world.known(room)
    assert after["agreed_at"] == after["compared_at"] > before["agreed_at"]
    assert (after["state"], after["detail"]) == ("agrees", None)
    assert after["due_at"] - after["compared_at"] > timedelta(seconds=290)


async def test_a_drift_is_asked_about_again_only_after_a_while(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    assert len(await world.sweep(room)) == 1

    assert await world.sweep(room) == []
    await world.let_pass(room)
    assert len(await world.sweep(room)) == 1

    assert [each["asks"] for each in await world.drifts(room)] == [2]


async def test_what_is_gone_at_the_second_look_is_no_drift(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)
    copy = await world.copy(room, event)
    assert copy is not None
    world.sweeper = replace(world.sweeper, comparer=replace(world.sweeper.comparer, grace=timedelta(seconds=2)))
    sweep = asyncio.create_task(world.sweep(room))

    async def has_looked() -> bool:
        return any("calendarView" in each["path"] for each in await world.simulator.requests(room.address))

    await world.eventually(has_looked)
    await world.graph("DELETE", f"/users/{room.address}/events/{copy['id']}")

    assert await sweep == []
    assert await world.drifts(room) == []


# --- turns


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


# --- mapping


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


async def test_a_mailbox_is_read_by_its_object_id(world: World) -> None:
    room = await world.room()
    object_id = (await world.graph("GET", f"/users/{room.address}"))["id"]
    await world.database.execute(
        "UPDATE ingest.watches SET object_id = $2 WHERE space_id = $1", room.space_id, object_id
    )

    await world.sweep(room)

    calls = [call for call in await world.simulator.requests(room.address) if call["app"] == "roomsync"]
    assert {call["path"].split("/")[3] for call in calls} == {object_id}


async def test_a_mapping_nobody_told_of_is_taken_up(world: World) -> None:
    room = await world.room()
    await world.database.execute("DELETE FROM reconciler.rooms")

    await rooms.adopt(world.sweeper.pool)

    assert [each.space_id for each in await _claimed(world)] == [room.space_id]


# --- the brake


async def _emptied(world: World, meetings: int) -> Room:
    room = await world.room()
    for hour in range(meetings):
        await world.invite(room, 8 + hour, 9 + hour)
    await world.until_agreed(room)
    for event in await world.calendar(room):
        await world.graph("DELETE", f"/users/{room.address}/events/{event['id']}")
    return room


async def test_five_cancellations_at_once_are_believed(world: World) -> None:
    room = await _emptied(world, 5)

    assert len(await world.sweep(room)) == 5


async def test_six_of_six_gone_at_once_wait_for_an_administrator(world: World) -> None:
    room = await _emptied(world, 6)
    late = await world.invite(room, 20, 21)

    asked = await world.sweep(room)
    assert [(each.drift, each.key) for each in asked] == [
        (DriftKind.MISSING_IN_LEDGER, MeetingKey(room.space_id, late["iCalUId"]))
    ]
    await world.deliver()
    for _ in range(2):
        await world.let_pass(room)
        await world.sweep(room)
        await world.deliver()

    known = await world.known(room)
    assert (known["state"], known["braked_cancels"]) == ("braked", 6)
    assert "6 of the" in known["detail"]
    missing = [each for each in await world.drifts(room) if each["kind"] == "missing_in_outlook"]
    assert [(each["healed_at"], each["asks"]) for each in missing] == [(None, 0)] * 6
    assert [each[0] for each in await world.bookings(room)] == ["confirmed"] * 7

    async with world.sweeper.pool.acquire() as conn:
        assert await brakes.confirm(conn, room.space_id, "head.of.rooms@example.org") == 6
    await world.until_agreed(room)
    assert sorted(each[0] for each in await world.bookings(room)) == ["cancelled"] * 6 + ["confirmed"]
    assert (await world.known(room))["brake_confirmed"] is None


async def test_a_brake_ends_when_the_calendar_comes_back(world: World) -> None:
    room = await _emptied(world, 6)
    await world.sweep(room)
    assert (await world.known(room))["state"] == "braked"
    await world.database.execute("UPDATE policy.meetings SET is_present = false WHERE space_id = $1", room.space_id)

    await world.sweep(room)

    assert (await world.known(room))["state"] == "agrees"
    assert await world.open_drifts(room) == []
    async with world.sweeper.pool.acquire() as conn:
        assert await brakes.confirm(conn, room.space_id, "head.of.rooms@example.org") is None


# --- mailboxes and connections out of reach


async def test_a_mailbox_out_of_reach_is_quarantined_after_a_second_look_and_the_others_are_compared(
    world: World,
) -> None:
    lost, *others = await world.room("nobody@example.org"), await world.room(), await world.room(), await world.room()
    for room in (lost, *others):
        await world.sweep(room)

    known = await world.known(lost)
    assert (known["state"], known["failures"]) == ("failing", 1)
    assert known["due_at"] - known["failing_since"] < timedelta(seconds=6)

    await world.sweep(lost)
    known = await world.known(lost)
    assert (known["state"], known["failures"]) == ("quarantined", 2)
    assert "nobody@example.org cannot be reached" in known["detail"]
    assert [(await world.known(room))["state"] for room in others] == ["agrees"] * 3


@pytest.mark.parametrize(
    "effect", [{"status": 403}, {"status": 404}, {"status": 404, "code": "MailboxNotSupportedForRESTAPI"}]
)
async def test_a_single_refusal_is_no_quarantine_and_the_next_look_ends_it(world: World, effect: Json) -> None:
    room = await world.room()
    async with world.simulator.faults({"match": {"mailbox": room.address}, "effect": effect, "times": 1}):
        await world.sweep(room)
        assert (await world.known(room))["state"] == "failing"
        await world.sweep(room)

    assert (await world.known(room))["state"] == "agrees"


async def test_a_mailbox_in_quarantine_is_tried_every_few_seconds_with_one_call(world: World) -> None:
    room = await world.room()
    async with world.simulator.faults({"match": {"mailbox": room.address}, "effect": {"status": 403}}):
        for _ in range(5):
            await world.sweep(room)
    known = await world.known(room)
    calls = [call for call in await world.simulator.requests(room.address) if call["app"] == "roomsync"]

    assert known["state"] == "quarantined"
    assert known["due_at"] - utc_now() < timedelta(seconds=11)
    assert len(calls) == 5


async def test_a_mailbox_that_is_back_leaves_quarantine_and_tells_every_service(world: World) -> None:
    room = await world.room()
    async with world.simulator.faults({"match": {"mailbox": room.address}, "effect": {"status": 403}}):
        for _ in range(2):
            await world.sweep(room)
    assert (await world.known(room))["state"] == "quarantined"

    await world.sweep(room)

    known = await world.known(room)
    assert (known["state"], known["failing_since"], known["detail"]) == ("agrees", None, None)

    async def is_told() -> bool:
        bodies = await world.database.fetch("SELECT body FROM reconciler.outbox WHERE type = $1", RetryRequested.type)
        told = [RetryRequested.model_validate_json(row["body"]) for row in bodies]
        of_room = [each for each in told if each.room_mailbox == room.address]
        return [each.connection_id for each in of_room] == [world.connection_id]

    await world.eventually(is_told)


async def test_success_anywhere_ends_quarantine_and_pause_at_once(world: World) -> None:
    lost, other = await world.room(), await world.room()
    async with world.simulator.faults({"match": {"path": "calendarView"}, "effect": {"status": 403}}):
        for room in (lost, other, lost, other):
            await world.sweep(room)
    await world.database.execute("UPDATE reconciler.rooms SET due_at = now() + interval '1 hour'")

    async with world.sweeper.pool.acquire() as conn, conn.transaction():
        await handlers.on_retry_requested(
            conn,
            RetryRequested(
                connection_id=world.connection_id, room_mailbox=lost.address.upper(), reason="access_restored"
            ),
        )
    claimed = await world.sweeper.claim(10)

    assert [each.space_id for each in claimed] == [lost.space_id]
    await world.sweeper.sweep(claimed[0])
    assert [(await world.known(room))["state"] for room in (lost, other)] == ["agrees", "quarantined"]


async def test_a_sweep_that_the_database_interrupted_is_due_again_as_soon_as_that_answers(
    world: World, migrated: str
) -> None:
    room = await world.room()
    (claimed,) = await world.sweeper.claim(10)
    broken = await open_pool(migrated, schema="reconciler")
    broken.terminate()
    sweeper = replace(
        world.sweeper,
        pool=broken,
        comparer=replace(world.sweeper.comparer, pool=broken),
        concluder=replace(world.sweeper.concluder, pool=broken),
    )

    await sweeper.sweep(claimed)
    assert (await world.known(room))["problem"] is None
    assert world.sweeper.interrupted == {room.space_id}

    (again,) = await world.sweeper.claim(10)
    assert again.space_id == room.space_id
    await world.sweeper.sweep(again)
    assert (await world.known(room))["state"] == "agrees"


async def test_only_what_is_being_compared_keeps_its_claim(world: World) -> None:
    room = await world.room()
    await world.sweeper.claim(10)
    before = (await world.known(room))["held_until"]

    await rooms.prolong(world.sweeper.pool, world.sweeper.holder, world.sweeper.in_hand)
    assert (await world.known(room))["held_until"] == before

    await rooms.prolong(world.sweeper.pool, world.sweeper.holder, {room.space_id})
    assert (await world.known(room))["held_until"] > before


async def test_an_outage_does_not_lengthen_the_pause_before_policy_is_asked_again(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    await world.sweep(room)
    await world.database.execute(
        "UPDATE reconciler.drifts SET asks = 9, ask_again_at = now() + interval '6 hours' WHERE space_id = $1",
        room.space_id,
    )
    assert await world.sweep(room) == []

    async with world.simulator.faults({"match": {"mailbox": room.address}, "effect": {"status": 503}, "times": 9}):
        await world.sweep(room)
    assert (await world.known(room))["state"] == "failing"

    assert len(await world.sweep(room)) == 1
    (drift,) = [each for each in await world.drifts(room) if each["healed_at"] is None]
    assert drift["asks"] == 1


async def test_most_rooms_out_of_reach_are_a_matter_of_the_connection_and_one_of_them_is_tried_at_a_time(
    world: World,
) -> None:
    all_rooms = [await world.room() for _ in range(4)]
    async with world.simulator.faults({"match": {"path": "calendarView"}, "effect": {"status": 403}}):
        for room in all_rooms:
            await world.sweep(room)

        known = [await world.known(room) for room in all_rooms]
        assert [each["state"] for each in known] == ["paused"] * 4
        assert not any(each["is_quarantined"] for each in known)
        assert "rooms of this connection cannot be read" in known[0]["detail"]

        await world.database.execute("UPDATE reconciler.pauses SET until = now()")
        (tried,) = await world.sweeper.claim(10)
        assert await world.sweeper.claim(10) == []
        await world.sweeper.sweep(tried)
        assert [(await world.known(room))["state"] for room in all_rooms] == ["paused"] * 4

    await world.database.execute("UPDATE reconciler.pauses SET until = now()")
    (tried,) = await world.sweeper.claim(10)
    await world.sweeper.sweep(tried)
    rest = await world.sweeper.claim(10)
    assert len(rest) == 3
    for claimed in rest:
        await world.sweeper.sweep(claimed)
    assert [(await world.known(room))["state"] for room in all_rooms] == ["agrees"] * 4


async def test_a_refused_credential_pauses_its_connection_and_no_other(world: World) -> None:
    here = await world.room()
    right, world.connection_id = world.connection_id, uuid4()
    await world.connect("wrong")
    there = await world.room()

    await world.sweep(there)
    await world.sweep(here)

    assert (await world.known(there))["state"] == "paused"
    assert "Microsoft refuses the credential " in (await world.known(there))["detail"]
    assert (await world.known(here))["state"] == "agrees"
    await world.close()
    world.connection_id = right


async def test_old_drifts_are_forgotten_and_open_ones_kept(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    await world.until_agreed(room)
    await world.invite(room, 15, 16)
    await world.sweep(room)
    await world.database.execute(
        "UPDATE reconciler.drifts SET found_at = found_at - interval '2 years', "
        "healed_at = healed_at - interval '2 years'"
    )

    async with world.sweeper.pool.acquire() as conn:
        await forget_old(conn, RETENTIONS)

    assert [each["healed_at"] for each in await world.drifts(room)] == [None]


async def test_a_meeting_beyond_the_look_ahead_is_not_taken_for_missing(world: World) -> None:
    room = await world.room()
    await world.reserve(room)
    await world.until_agreed(room)
    comparer = replace(world.sweeper.comparer, look_ahead=timedelta(hours=1))
    world.sweeper = replace(world.sweeper, comparer=comparer)

    assert await world.sweep(room) == []
    calls = await world.simulator.requests(room.address)
    assert "calendarView" in calls[-1]["path"]
    assert await world.bookings(room) == [("confirmed", at(9), at(10))]
