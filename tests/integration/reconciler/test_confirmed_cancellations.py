"""What a brake stopped goes on as an administrator has seen it, and not a meeting more."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from libs.contracts.messages import CancellationsConfirmed
from libs.contracts.values import Actor, ActorKind
from services.reconciler.handlers import rooms as handlers
from services.reconciler.store import rooms
from tests.integration.reconciler.test_brake import emptied, filled, take_off
from tests.integration.reconciler.world import Room, World

ADA = Actor(kind=ActorKind.ADMINISTRATOR, subject="tenant/ada", name="Ada")


async def braked(world: World) -> Room:
    """A room that has lost six meetings at once, which a sweep has seen."""
    room = await emptied(world, 6)
    await world.sweep(room)
    return room


async def confirm(world: World, room: Room, **differs: Any) -> CancellationsConfirmed:
    """Have the reconciler handle that Ada confirmed what it knows of the room, but for what `differs`."""
    known = await world.known(room)
    seen = {"space_id": room.space_id, "braked_at": known["braked_at"], "cancellations": known["braked_cancels"]}
    message = CancellationsConfirmed.model_validate({**seen, "by": ADA, **differs})
    await handle(world, message)
    return message


async def handle(world: World, message: CancellationsConfirmed) -> None:
    async with world.sweeper.pool.acquire() as conn:
        assert await handlers.on_cancellations_confirmed(conn, message) == ()


async def statuses(world: World, room: Room) -> list[str]:
    return [each[0] for each in await world.bookings(room)]


async def test_what_was_confirmed_is_cancelled_once_the_room_was_compared_again(world: World) -> None:
    room = await braked(world)

    await confirm(world, room)

    known = await world.known(room)
    assert (known["brake_confirmed"], known["confirmed_by"]) == (6, "Ada")
    assert known["asked_because"] == "cancellations_confirmed"
    assert await statuses(world, room) == ["confirmed"] * 6
    await world.until_agreed(room)
    assert await statuses(world, room) == ["cancelled"] * 6


async def test_a_confirmation_that_comes_twice_or_late_counts_once(world: World) -> None:
    room = await braked(world)
    message = await confirm(world, room)
    await handle(world, message)
    await world.until_agreed(room)

    await handle(world, message)

    known = await world.known(room)
    assert (known["state"], known["brake_confirmed"], known["asked_at"]) == ("agrees", None, None)


async def test_who_saw_fewer_cancellations_than_wait_confirms_none(world: World) -> None:
    room = await braked(world)

    await confirm(world, room, cancellations=5)

    known = await world.known(room)
    assert (known["brake_confirmed"], known["asked_at"]) == (None, None)


async def test_who_saw_more_than_wait_confirms_those_that_wait(world: World) -> None:
    room = await braked(world)

    await confirm(world, room, cancellations=100)

    assert (await world.known(room))["brake_confirmed"] == 6


async def test_what_was_said_about_an_earlier_brake_does_not_count_for_this_one(world: World) -> None:
    room = await braked(world)
    since = (await world.known(room))["braked_at"]

    await confirm(world, room, braked_at=since - timedelta(milliseconds=1))

    known = await world.known(room)
    assert (known["brake_confirmed"], known["asked_at"]) == (None, None)


async def test_if_more_is_gone_by_then_nothing_is_cancelled_and_somebody_has_to_look_again(world: World) -> None:
    room = await filled(world, 7)
    *most, last = await world.calendar(room)
    await take_off(world, room, most)
    await world.sweep(room)
    await confirm(world, room)
    await take_off(world, room, [last])

    for _ in range(2):
        await world.sweep(room)
        await world.deliver()

    known = await world.known(room)
    assert (known["state"], known["braked_cancels"], known["brake_confirmed"]) == ("braked", 7, None)
    assert await statuses(world, room) == ["confirmed"] * 7


async def test_a_confirmation_that_comes_while_the_room_is_compared_counts_for_the_next_comparison(
    world: World,
) -> None:
    room = await braked(world)
    await rooms.ask(world.sweeper.pool, room.space_id, "test")
    [claimed] = await world.sweeper.claim(1000)

    await confirm(world, room)
    await world.sweeper.sweep(claimed)

    known = await world.known(room)
    assert (known["state"], known["brake_confirmed"]) == ("braked", 6)
    assert known["asked_because"] == "cancellations_confirmed"
    await world.until_agreed(room)
    assert await statuses(world, room) == ["cancelled"] * 6


async def test_of_a_room_that_is_not_known_nothing_is_made(world: World) -> None:
    nowhere, room = uuid4(), await braked(world)

    await confirm(world, room, space_id=nowhere)

    assert await world.database.fetchval("SELECT count(*) FROM reconciler.rooms WHERE space_id = $1", nowhere) == 0
    assert (await world.known(room))["brake_confirmed"] is None
