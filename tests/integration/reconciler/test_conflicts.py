"""An accepted invitation that policy could not take over: a drift of its own kind, about which policy is not asked."""

from tests.integration.reconciler.world import World, at


async def test_a17_an_accepted_meeting_in_conflict_is_shown_as_such_and_asked_about_no_more_until_it_can_be_booked(
    world: World,
) -> None:
    room = await world.room()
    other = await world.reserve(room)
    await world.until_agreed(room)
    event = await world.invite(room)

    async def has_arrived() -> bool:
        return await world.copy(room, event) is not None

    await world.eventually(has_arrived)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("POST", f"/users/{room.address}/events/{copy['id']}/accept", {"sendResponse": False})
    await world.database.execute(
        "UPDATE policy.spaces SET mapped_at = now() + interval '2 seconds' WHERE id = $1", room.space_id
    )
    await world.sweep(room)
    await world.deliver()

    for _ in range(3):
        assert await world.sweep(room) == []
    [conflict] = [each for each in await world.drifts(room) if each["healed_at"] is None]
    assert conflict["kind"] == "conflict"
    assert await world.bookings(room) == [("confirmed", at(9), at(10))]

    await world.cancel(other)
    await world.until_agreed(room)

    assert sorted(await world.bookings(room)) == [("cancelled", at(9), at(10)), ("confirmed", at(9), at(10))]
