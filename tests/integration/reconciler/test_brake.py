"""Many meetings gone at once wait for an administrator."""

from collections.abc import Sequence

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from services.reconciler.store import brakes
from tests.integration.reconciler.world import Json, Room, World


async def filled(world: World, meetings: int) -> Room:
    """A room with so many meetings, one after the other, all of which are booked."""
    room = await world.room()
    for hour in range(meetings):
        await world.invite(room, 8 + hour, 9 + hour)
    await world.until_agreed(room)
    return room


async def take_off(world: World, room: Room, events: Sequence[Json]) -> None:
    """Delete events from the calendar of a room, of which nobody is told."""
    for event in events:
        await world.graph("DELETE", f"/users/{room.address}/events/{event['id']}")


async def emptied(world: World, meetings: int) -> Room:
    """A room that had so many meetings until its calendar was emptied."""
    room = await filled(world, meetings)
    await take_off(world, room, await world.calendar(room))
    return room


async def test_five_cancellations_at_once_are_believed(world: World) -> None:
    room = await emptied(world, 5)

    assert len(await world.sweep(room)) == 5


async def test_six_of_six_gone_at_once_wait_for_an_administrator(world: World) -> None:
    room = await emptied(world, 6)
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
    room = await emptied(world, 6)
    await world.sweep(room)
    assert (await world.known(room))["state"] == "braked"
    await world.database.execute("UPDATE policy.meetings SET is_present = false WHERE space_id = $1", room.space_id)

    await world.sweep(room)

    assert (await world.known(room))["state"] == "agrees"
    assert await world.open_drifts(room) == []
    async with world.sweeper.pool.acquire() as conn:
        assert await brakes.confirm(conn, room.space_id, "head.of.rooms@example.org") is None
