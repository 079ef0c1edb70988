"""Mailboxes, connections and a database out of reach: what is recorded, and what ends it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from libs.common.clock import utc_now
from libs.common.db import open_pool
from libs.contracts.messages import RetryRequested
from services.reconciler.handlers import rooms as handlers
from tests.integration.reconciler.world import Json, World


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
    assert (known["troubled_since"], known["next_try_at"]) == (known["failing_since"], known["due_at"])
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
    assert (known["state"], known["troubled_since"], known["detail"]) == ("agrees", None, None)

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
        pause = await world.database.fetchrow(
            "SELECT since, until FROM reconciler.pauses WHERE connection_id = $1", world.connection_id
        )
        assert pause is not None
        assert {(each["troubled_since"], each["next_try_at"]) for each in known} == {(pause["since"], pause["until"])}
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
