"""Series on a room's own calendar of which nobody told: found in one listing, and their dates block the ledger."""

from collections.abc import Sequence
from datetime import datetime

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from tests.integration.reconciler.spoiler import Json
from tests.integration.reconciler.world import Room, World, at, daily, moment


async def _imported(world: World, dates: int = 4) -> tuple[Room, Json]:
    room = await world.room()
    event = await world.put(room, recurrence=daily(dates))
    await world.until_agreed(room)
    assert await _confirmed(world, room) == _hours(range(dates))
    return room, event


async def _confirmed(world: World, room: Room) -> list[datetime]:
    return [start for status, start, _ in await world.bookings(room) if status == "confirmed"]


def _hours(days: Sequence[int], hour: float = 9) -> list[datetime]:
    return [at(hour, day=day) for day in days]


def _key(room: Room, event: Json) -> MeetingKey:
    return MeetingKey(room.space_id, event["iCalUId"])


async def _date(world: World, room: Room, day: int) -> str:
    """The path of one date of the series on the room's calendar."""
    start = f"{at(9, day=day):%Y-%m-%dT%H}"
    [found] = [each for each in await world.calendar(room) if each["start"]["dateTime"].startswith(start)]
    return f"/users/{room.address}/events/{found['id']}"


async def _until_confirmed(world: World, room: Room, expected: list[datetime]) -> None:
    async def is_so() -> bool:
        return await _confirmed(world, room) == expected

    await world.eventually(is_so)


async def _writes(world: World, room: Room) -> list[str]:
    return [each["method"] for each in await world.simulator.requests(room.address) if each["method"] != "GET"]


async def test_a_series_nobody_told_of_is_unmanaged_until_each_of_its_dates_is_booked(world: World) -> None:
    room = await world.room()
    event = await world.put(room, recurrence=daily(4))

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.UNMANAGED, _key(room, event))

    await world.until_agreed(room)
    assert await _confirmed(world, room) == _hours(range(4))


async def test_a_series_that_is_as_booked_costs_nothing_beside_the_listing(world: World) -> None:
    room, _ = await _imported(world)
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView"]
    assert (await world.known(room))["state"] == "agrees"


async def test_a_date_that_others_have_is_unmanaged_and_taken_up_once_it_is_free(world: World) -> None:
    room = await world.room()
    held = await world.reserve(room, 9 + 24, 9.5 + 24)
    event = await world.put(room, recurrence=daily(3))
    await world.sweep(room)
    await world.deliver()
    await _until_confirmed(world, room, sorted([*_hours(range(3)), at(9, day=1)]))
    await world.let_pass(room)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.UNMANAGED, _key(room, event))
    assert [kind for kind, _ in await world.open_drifts(room)] == [DriftKind.UNMANAGED]
    yields = (
        "SELECT array_agg(yields ORDER BY starts_at) FROM policy.reservations WHERE space_id = $1 AND ical_uid = $2"
    )
    assert await world.database.fetchval(yields, room.space_id, event["iCalUId"]) == [False, True, False]

    await world.cancel(held)
    await world.until_agreed(room)
    assert await world.database.fetchval(yields, room.space_id, event["iCalUId"]) == [False] * 3


async def test_a_date_deleted_in_silence_is_free(world: World) -> None:
    room, event = await _imported(world)
    await world.graph("DELETE", await _date(world, room, 1))

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, _key(room, event))

    await world.until_agreed(room)
    assert await _confirmed(world, room) == _hours([0, 2, 3])


async def test_a_date_moved_in_silence_moves_alone(world: World) -> None:
    room, event = await _imported(world)
    later = {"start": moment(at(14, day=1)), "end": moment(at(15, day=1))}
    await world.graph("PATCH", await _date(world, room, 1), later)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, _key(room, event))

    await world.until_agreed(room)
    assert await _confirmed(world, room) == [at(9), at(14, day=1), *_hours([2, 3])]


async def test_a_date_that_shows_as_free_blocks_nothing_and_is_no_drift_then(world: World) -> None:
    room, _ = await _imported(world)
    await world.graph("PATCH", await _date(world, room, 1), {"showAs": "free"})

    await world.until_agreed(room)

    assert await _confirmed(world, room) == _hours([0, 2, 3])
    before = len(await world.calls(room))
    assert await world.sweep(room) == []
    assert (await world.calls(room))[before:] == ["calendarView"]


async def test_a_series_moved_or_cut_in_silence_is_followed(world: World) -> None:
    room, event = await _imported(world)
    path = f"/users/{room.address}/events/{event['id']}"
    await world.graph("PATCH", path, {"start": moment(at(14)), "end": moment(at(15))})
    await world.until_agreed(room)
    assert await _confirmed(world, room) == _hours(range(4), 14)

    await world.graph("PATCH", path, {"recurrence": daily(2)})
    await world.until_agreed(room)
    assert await _confirmed(world, room) == _hours(range(2), 14)


async def test_a_series_deleted_in_silence_frees_every_date(world: World) -> None:
    room, event = await _imported(world)
    await world.graph("DELETE", f"/users/{room.address}/events/{event['id']}")

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, _key(room, event))

    await world.until_agreed(room)
    assert await _confirmed(world, room) == []
    assert await _writes(world, room) == ["POST", "DELETE"]


async def test_an_event_that_became_a_series_in_silence_and_single_again_is_followed(world: World) -> None:
    room = await world.room()
    event = await world.put(room)
    await world.until_agreed(room)
    path = f"/users/{room.address}/events/{event['id']}"

    await world.graph("PATCH", path, {"recurrence": daily(3)})
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, _key(room, event))
    await world.until_agreed(room)
    assert await _confirmed(world, room) == _hours(range(3))

    await world.graph("PATCH", path, {"recurrence": None})
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, _key(room, event))
    await world.until_agreed(room)
    assert await _confirmed(world, room) == _hours([0])
