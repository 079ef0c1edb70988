"""Recurring holds whose changes nobody told of: one drift each, and as wanted again in the end."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from libs.contracts.holds import renewal_id
from libs.contracts.keys import ReservationKey
from libs.contracts.messages import DriftKind
from tests.integration.reconciler.held import DATES, as_shown, planned, recurrence, reserve_group, shown
from tests.integration.reconciler.world import Json, Room, World, at, moment

ALL = as_shown(*map(planned, range(DATES)))


async def held(world: World, **more: object) -> tuple[Room, UUID]:
    """A room whose calendar shows a group of five days."""
    room = await world.room()
    group = await reserve_group(world, room, **more)  # type: ignore[arg-type]
    await world.deliver()

    async def is_written() -> bool:
        return await world.intent_state(room, "written")

    await world.eventually(is_written)
    await world.let_pass(room)
    return room, group


async def master(world: World, room: Room) -> Json:
    [found] = (await world.graph("GET", f"/users/{room.address}/events?$top=10"))["value"]
    event: Json = found
    return event


async def test_a_recurring_hold_that_is_as_wanted_costs_nothing_beside_the_listing(world: World) -> None:
    room, _ = await held(world, without=[1], moved={2: 14})
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView"]
    assert (await world.known(room))["state"] == "agrees"
    assert await shown(world, room) == as_shown(planned(0), planned(2, 14), planned(3), planned(4))


async def rename(world: World, room: Room) -> None:
    await world.graph("PATCH", f"/users/{room.address}/events/{(await master(world, room))['id']}", {"subject": "Mine"})


async def free(world: World, room: Room) -> None:
    await world.graph("PATCH", f"/users/{room.address}/events/{(await master(world, room))['id']}", {"showAs": "free"})


async def move(world: World, room: Room) -> None:
    body = {"start": moment(at(12)), "end": moment(at(13))}
    await world.graph("PATCH", f"/users/{room.address}/events/{(await master(world, room))['id']}", body)


async def prolong(world: World, room: Room) -> None:
    path = f"/users/{room.address}/events/{(await master(world, room))['id']}"
    await world.graph("PATCH", path, {"recurrence": recurrence(DATES + 1)})


async def delete(world: World, room: Room) -> None:
    await world.graph("DELETE", f"/users/{room.address}/events/{(await master(world, room))['id']}")


async def move_date(world: World, room: Room) -> None:
    event = (await world.calendar(room))[2]
    body = {"start": moment(at(12, day=2)), "end": moment(at(13, day=2))}
    await world.graph("PATCH", f"/users/{room.address}/events/{event['id']}", body)


async def delete_date(world: World, room: Room) -> None:
    event = (await world.calendar(room))[2]
    await world.graph("DELETE", f"/users/{room.address}/events/{event['id']}")


CHANGES: list[tuple[Callable[[World, Room], Awaitable[None]], DriftKind]] = [
    (rename, DriftKind.DIFFERENT_TITLE),
    (free, DriftKind.DIFFERENT_ANSWER),
    (move, DriftKind.DIFFERENT_TIME),
    (prolong, DriftKind.DIFFERENT_TIME),
    (delete, DriftKind.MISSING_IN_OUTLOOK),
    (move_date, DriftKind.DIFFERENT_TIME),
    (delete_date, DriftKind.DIFFERENT_TIME),
]


@pytest.mark.parametrize(("change", "kind"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
async def test_what_a_person_does_to_it_in_silence_is_one_drift_and_is_put_back(
    world: World, change: Callable[[World, Room], Awaitable[None]], kind: DriftKind
) -> None:
    room, group = await held(world)
    assert await shown(world, room) == ALL
    await change(world, room)
    assert await shown(world, room) != ALL

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (kind, ReservationKey(room.space_id, group))

    await world.until_agreed(room)
    assert await shown(world, room) == ALL


async def test_a_second_event_for_the_group_is_removed(world: World) -> None:
    room, group = await held(world)
    another = str(renewal_id(group, 1))
    await world.put(room, subject="Board meeting", recurrence=recurrence(), reservation=group, transactionId=another)
    assert len(await shown(world, room)) == 2 * DATES

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DUPLICATE, ReservationKey(room.space_id, group))

    await world.until_agreed(room)
    assert await shown(world, room) == ALL
