"""Single dates of series whose changes nobody told of: only what differs is put right."""

from datetime import datetime

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from tests.integration.reconciler.series import booked, days_of, on_day, windows
from tests.integration.reconciler.spoiler import Json, Spoiler
from tests.integration.reconciler.world import Room, World, at, moment


async def test_a_date_deleted_in_silence_is_free_and_the_others_stay(spoiled: World, spoiler: Spoiler) -> None:
    room, event = await booked(spoiled)
    is_gone = on_day(1)
    spoiler.spoil = lambda events: [each for each in events if not is_gone(each)]

    [asked] = await spoiled.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))
    assert days_of(asked) == [0, 2, 3]

    await spoiled.until_agreed(room)
    assert await spoiled.bookings(room) == sorted(
        [*windows([0, 2, 3]), *windows([1], "cancelled")], key=lambda each: each[1]
    )
    [drift] = [each for each in await spoiled.drifts(room) if each["kind"] == "different_time"]
    assert drift["healed_at"] is not None


async def test_a_date_moved_in_silence_is_a_drift_with_its_new_time(spoiled: World, spoiler: Spoiler) -> None:
    room, event = await booked(spoiled)
    is_moved = on_day(1)
    later = {"type": "exception", "start": moment(at(14, day=1)), "end": moment(at(15, day=1))}
    spoiler.spoil = lambda events: [each | (later if is_moved(each) else {}) for each in events]

    [asked] = await spoiled.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))
    await spoiled.deliver()

    async def has_moved() -> bool:
        return ("confirmed", at(14, day=1), at(15, day=1)) in await spoiled.bookings(room)

    await spoiled.eventually(has_moved)
    assert await spoiled.bookings(room) == [
        *windows([0]),
        *windows([1], hour=14),
        *windows([2, 3]),
    ]


async def _instance(world: World, event: Json, day: int) -> str:
    """The path of one date of the organizer's series."""
    window = f"startDateTime={at(0, day=day):%Y-%m-%dT%H:%M:%SZ}&endDateTime={at(0, day=day + 1):%Y-%m-%dT%H:%M:%SZ}"
    [found] = (await world.graph("GET", f"{event['organizer_path']}/instances?{window}"))["value"]
    return f"{event['organizer_path'].rsplit('/', 1)[0]}/{found['id']}"


async def _shown(world: World, room: Room) -> list[str]:
    """When the room's calendar shows something that is on, by day and hour."""
    found = [each["start"]["dateTime"][:13] for each in await world.calendar(room) if not each["isCancelled"]]
    return sorted(found)


def _hours(*starts: datetime) -> list[str]:
    return [f"{each:%Y-%m-%dT%H}" for each in starts]


async def test_a_date_that_its_organizer_cancelled_in_silence_is_free(world: World) -> None:
    room, event = await booked(world)
    await world.graph("POST", f"{await _instance(world, event, 1)}/cancel", {"comment": "Not today"})
    left = _hours(at(9), at(9, day=2), at(9, day=3))

    async def is_off() -> bool:
        return await _shown(world, room) == left

    await world.eventually(is_off)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    confirmed = [each for each in await world.bookings(room) if each[0] == "confirmed"]
    assert confirmed == windows([0, 2, 3])
    assert await _shown(world, room) == left


async def test_a_date_that_its_organizer_moved_in_silence_is_a_drift_and_moves_alone(world: World) -> None:
    room, event = await booked(world)
    path = await _instance(world, event, 1)
    await world.graph("PATCH", path, {"start": moment(at(14, day=1)), "end": moment(at(15, day=1))})
    moved = _hours(at(9), at(14, day=1), at(9, day=2), at(9, day=3))

    async def has_moved() -> bool:
        return await _shown(world, room) == moved

    await world.eventually(has_moved)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    confirmed = [each for each in await world.bookings(room) if each[0] == "confirmed"]
    assert confirmed == [*windows([0]), *windows([1], hour=14), *windows([2, 3])]
    assert await _shown(world, room) == moved


async def test_a_date_that_somebody_shows_as_free_is_busy_again(world: World) -> None:
    room, event = await booked(world)
    [found] = [each for each in await world.calendar(room) if on_day(1)(each)]
    await world.graph("PATCH", f"/users/{room.address}/events/{found['id']}", {"showAs": "free"})

    async def show_as() -> list[str]:
        return [each["showAs"] for each in await world.calendar(room)]

    async def is_free() -> bool:
        return "free" in await show_as()

    await world.eventually(is_free)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_ANSWER, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await show_as() == ["busy"] * 4


async def test_a_listing_that_lacks_a_date_which_is_there_cancels_nothing(spoiled: World, spoiler: Spoiler) -> None:
    room, _ = await booked(spoiled)
    is_left_out = on_day(1)
    spoiler.where = "calendarView"
    spoiler.spoil = lambda events: [each for each in events if not is_left_out(each)]

    assert await spoiled.sweep(room) == []

    assert await spoiled.bookings(room) == windows(range(4))
    assert (await spoiled.known(room))["state"] == "agrees"


async def test_a_series_with_a_date_that_makes_no_sense_is_told_of_and_proves_nothing(
    spoiled: World, spoiler: Spoiler
) -> None:
    room, event = await booked(spoiled)
    copy = await spoiled.copy(room, event)
    assert copy is not None
    await spoiled.graph("POST", f"/users/{room.address}/events/{copy['id']}/tentativelyAccept", {"sendResponse": False})
    await spoiled.eventually(lambda: spoiled.shows(room, event, "tentativelyAccepted"))
    is_bad = on_day(1)
    spoiler.where = "instances"
    spoiler.spoil = lambda events: [{**each, "end": None} if is_bad(each) else each for each in events]

    assert await spoiled.sweep(room) == []

    known = await spoiled.known(room)
    assert (known["state"], known["unreadable"]) == ("unproved", 1)
    assert await spoiled.bookings(room) == windows(range(4))
