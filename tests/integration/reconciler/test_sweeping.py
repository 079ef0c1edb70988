"""One sweep of a room: what it reads, and what it records."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog
from structlog.contextvars import merge_contextvars

from libs.common.retention import forget_old
from services.reconciler.store.retention import RETENTIONS
from tests.integration.reconciler.world import World, at


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


async def test_a_sweep_has_one_id_in_its_line_its_corrections_and_what_it_records(world: World) -> None:
    room = await world.room()
    await world.invite(room)

    with structlog.testing.capture_logs(processors=[merge_contextvars]) as lines:
        [correction] = await world.sweep(room)

    [line] = [each for each in lines if each["event"] == "room.swept"]
    [drift] = await world.drifts(room)
    owed = "SELECT correlation_id FROM reconciler.outbox WHERE body LIKE $1"
    asked_as = await world.database.fetchval(owed, f"%{correction.observation.ical_uid}%")
    assert line["correlation_id"] == asked_as == drift["correlation_id"]


async def test_a_drift_is_known_by_the_sweep_that_last_asked_about_it(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    await world.sweep(room)
    [found] = await world.drifts(room)

    await world.sweep(room)
    [looked_at_again] = await world.drifts(room)
    await world.let_pass(room)
    await world.sweep(room)
    [asked_again] = await world.drifts(room)

    assert looked_at_again["correlation_id"] == found["correlation_id"] != asked_again["correlation_id"]


async def test_the_last_agreement_of_a_room_is_known_by_its_sweep(world: World) -> None:
    room = await world.room()
    await world.invite(room)
    await world.until_agreed(room)

    with structlog.testing.capture_logs(processors=[merge_contextvars]) as lines:
        await world.sweep(room)

    [line] = [each for each in lines if each["event"] == "room.swept"]
    [agreed] = await world.database.fetch("SELECT * FROM reconciler.agreements_v1 WHERE space_id = $1", room.space_id)
    known = await world.known(room)
    assert (agreed["correlation_id"], agreed["agreed_at"]) == (line["correlation_id"], known["agreed_at"])


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


async def test_a_mailbox_is_read_by_its_object_id(world: World) -> None:
    room = await world.room()
    object_id = (await world.graph("GET", f"/users/{room.address}"))["id"]
    await world.database.execute(
        "UPDATE ingest.watches SET object_id = $2 WHERE space_id = $1", room.space_id, object_id
    )

    await world.sweep(room)

    calls = [call for call in await world.simulator.requests(room.address) if call["app"] == "roomsync"]
    assert {call["path"].split("/")[3] for call in calls} == {object_id}


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
