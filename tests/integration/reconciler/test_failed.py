"""What counts as failed and is on the calendar after all: a sweep sees it, and it no longer counts as failed."""

from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.messages import DriftKind
from tests.integration.reconciler.world import World


async def test_an_answer_that_was_given_up_and_is_shown_has_not_failed(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)
    copy = await world.copy(room, event)
    assert copy is not None
    async with world.simulator.faults(
        {"match": {"method": "POST", "mailbox": room.address}, "effect": {"status": 403}}
    ):
        await world.sweep(room)
        await world.deliver()
        await world.eventually(lambda: world.intent_state(room, "given_up"))
    await world.graph("POST", f"/users/{room.address}/events/{copy['id']}/accept", {"sendResponse": False})
    await world.eventually(lambda: world.shows(room, event, "accepted"))
    await world.let_pass(room)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.SHOWN_AFTER_ALL, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.intent_state(room, "written")


async def test_a_hold_that_could_not_be_removed_and_is_gone_has_not_failed(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    async with world.simulator.faults(
        {"match": {"method": "DELETE", "mailbox": room.address}, "effect": {"status": 403}}
    ):
        await world.cancel(reservation)
        await world.eventually(lambda: world.intent_state(room, "given_up"))
    await world.graph("DELETE", f"/users/{room.address}/events/{hold['id']}")
    await world.let_pass(room)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.SHOWN_AFTER_ALL, ReservationKey(room.space_id, reservation))
    assert asked.observation.meeting is None

    await world.until_agreed(room)
    assert await world.intent_state(room, "written")


async def test_a_hold_that_could_not_be_removed_and_is_still_there_is_taken_away(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    async with world.simulator.faults(
        {"match": {"method": "DELETE", "mailbox": room.address}, "effect": {"status": 403}}
    ):
        await world.cancel(reservation)
        await world.eventually(lambda: world.intent_state(room, "given_up"))
    await world.let_pass(room)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.ORPHAN_HOLD, ReservationKey(room.space_id, reservation))

    await world.until_agreed(room)
    assert await world.calendar(room) == []
