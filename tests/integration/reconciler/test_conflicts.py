"""An accepted invitation that policy could not take over: a drift of its own kind, about which policy is not asked."""

from libs.contracts.messages import ConflictFreed
from services.reconciler.handlers import rooms as handlers
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


async def test_once_the_time_in_conflict_is_free_policy_is_asked_at_once_however_often_it_was_before(
    world: World,
) -> None:
    room = await world.room()
    other = await world.reserve(room, 10, 11)
    await world.until_agreed(room)
    await world.put(room, 9, 11)

    async def blocks_the_rest() -> bool:
        await world.sweep(room)
        await world.deliver()
        return len(await world.bookings(room)) == 2

    await world.eventually(blocks_the_rest)
    await world.database.execute("UPDATE reconciler.drifts SET ask_again_at = now() + interval '1 hour'")
    await world.cancel(other)
    async with world.sweeper.pool.acquire() as conn:
        assert await handlers.on_conflict_freed(conn, ConflictFreed(space_id=room.space_id)) == ()
    assert (await world.known(room))["asked_because"] == "conflict_freed"

    async def takes_it_all() -> bool:
        await world.sweep(room)
        await world.deliver()
        rows = await world.database.fetch(
            "SELECT yields FROM policy.reservations WHERE space_id = $1 AND status = 'confirmed'", room.space_id
        )
        return [row["yields"] for row in rows] == [False]

    await world.eventually(takes_it_all)
