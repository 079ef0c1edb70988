"""Series whose changes nobody told of: found in one listing, put to policy as a whole, and right again in the end."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import aiohttp
import pytest
import pytest_asyncio

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import CorrectionRequested, DriftKind
from libs.graph.types import SeriesLimits
from tests.integration.reconciler.spoiler import Json, SpoiledClients, Spoiler, open_spoiler
from tests.integration.reconciler.world import Room, World, at, daily, moment
from tests.support.simulator import Simulator


@pytest_asyncio.fixture
async def spoiler(simulator: Simulator) -> AsyncIterator[Spoiler]:
    async with open_spoiler(simulator.base_url, simulator.trust) as spoiler:
        yield spoiler


@pytest_asyncio.fixture
async def spoiled(world: World, spoiler: Spoiler) -> AsyncIterator[World]:
    """A world whose reconciler sees Graph through the spoiler."""
    async with aiohttp.ClientSession() as http:
        clients = SpoiledClients(world.settings, http, spoiler.url)
        world.sweeper = replace(world.sweeper, clients=clients)
        yield world


async def _booked(world: World, dates: int = 4) -> tuple[Room, Json]:
    room = await world.room()
    event = await world.invite(room, recurrence=daily(dates))
    await world.until_agreed(room)
    return room, event


def _on_day(day: int) -> Callable[[Json], bool]:
    """Whether an event on the calendar is a date of the series, that of this day."""
    return lambda each: (
        each.get("type") == "occurrence" and each["start"]["dateTime"].startswith(f"{at(0, day=day):%Y-%m-%d}")
    )


def _windows(days: Sequence[int], status: str = "confirmed", hour: float = 9) -> list[tuple[str, datetime, datetime]]:
    return [(status, at(hour, day=day), at(hour + 1, day=day)) for day in days]


def _days_of(asked: CorrectionRequested) -> list[int]:
    """The days of the dates that policy is shown."""
    meeting = asked.observation.meeting
    assert meeting is not None
    assert meeting.series is not None
    return [(each.start - at(9)).days for each in meeting.series.occurrences if not each.is_cancelled]


async def test_a_series_nobody_told_of_is_one_drift_and_each_of_its_dates_is_booked(world: World) -> None:
    room = await world.room()
    event = await world.invite(room, recurrence=daily(4))

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_LEDGER, MeetingKey(room.space_id, event["iCalUId"]))
    assert _days_of(asked) == [0, 1, 2, 3]

    await world.until_agreed(room)
    assert await world.bookings(room) == _windows(range(4))
    assert await world.shows(room, event, "accepted")


async def test_a_series_that_is_as_booked_costs_nothing_beside_the_listing(world: World) -> None:
    room, _ = await _booked(world)
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView"]
    assert (await world.known(room))["state"] == "agrees"


async def test_a_series_that_is_as_booked_costs_one_call_if_its_event_is_not_known(world: World) -> None:
    room, _ = await _booked(world)
    await world.database.execute("UPDATE policy.meetings SET event_id = 'other' WHERE space_id = $1", room.space_id)
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView", "events/"]
    assert (await world.known(room))["state"] == "agrees"


async def test_a_date_deleted_in_silence_is_free_and_the_others_stay(spoiled: World, spoiler: Spoiler) -> None:
    room, event = await _booked(spoiled)
    is_gone = _on_day(1)
    spoiler.spoil = lambda events: [each for each in events if not is_gone(each)]

    [asked] = await spoiled.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))
    assert _days_of(asked) == [0, 2, 3]

    await spoiled.until_agreed(room)
    assert await spoiled.bookings(room) == sorted(
        [*_windows([0, 2, 3]), *_windows([1], "cancelled")], key=lambda each: each[1]
    )
    [drift] = [each for each in await spoiled.drifts(room) if each["kind"] == "different_time"]
    assert drift["healed_at"] is not None


async def test_a_date_moved_in_silence_is_a_drift_with_its_new_time(spoiled: World, spoiler: Spoiler) -> None:
    room, event = await _booked(spoiled)
    is_moved = _on_day(1)
    later = {"type": "exception", "start": moment(at(14, day=1)), "end": moment(at(15, day=1))}
    spoiler.spoil = lambda events: [each | (later if is_moved(each) else {}) for each in events]

    [asked] = await spoiled.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))
    await spoiled.deliver()

    async def has_moved() -> bool:
        return ("confirmed", at(14, day=1), at(15, day=1)) in await spoiled.bookings(room)

    await spoiled.eventually(has_moved)
    assert await spoiled.bookings(room) == [
        *_windows([0]),
        *_windows([1], hour=14),
        *_windows([2, 3]),
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
    room, event = await _booked(world)
    await world.graph("POST", f"{await _instance(world, event, 1)}/cancel", {"comment": "Not today"})
    left = _hours(at(9), at(9, day=2), at(9, day=3))

    async def is_off() -> bool:
        return await _shown(world, room) == left

    await world.eventually(is_off)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    confirmed = [each for each in await world.bookings(room) if each[0] == "confirmed"]
    assert confirmed == _windows([0, 2, 3])
    assert await _shown(world, room) == left


async def test_a_date_that_its_organizer_moved_in_silence_is_a_drift_and_moves_alone(world: World) -> None:
    room, event = await _booked(world)
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
    assert confirmed == [*_windows([0]), *_windows([1], hour=14), *_windows([2, 3])]
    assert await _shown(world, room) == moved


async def test_a_date_that_somebody_shows_as_free_is_busy_again(world: World) -> None:
    room, event = await _booked(world)
    [found] = [each for each in await world.calendar(room) if _on_day(1)(each)]
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
    room, _ = await _booked(spoiled)
    is_left_out = _on_day(1)
    spoiler.where = "calendarView"
    spoiler.spoil = lambda events: [each for each in events if not is_left_out(each)]

    assert await spoiled.sweep(room) == []

    assert await spoiled.bookings(room) == _windows(range(4))
    assert (await spoiled.known(room))["state"] == "agrees"


async def test_a_series_with_a_date_that_makes_no_sense_is_told_of_and_proves_nothing(
    spoiled: World, spoiler: Spoiler
) -> None:
    room, event = await _booked(spoiled)
    copy = await spoiled.copy(room, event)
    assert copy is not None
    await spoiled.graph("POST", f"/users/{room.address}/events/{copy['id']}/tentativelyAccept", {"sendResponse": False})
    await spoiled.eventually(lambda: spoiled.shows(room, event, "tentativelyAccepted"))
    is_bad = _on_day(1)
    spoiler.where = "instances"
    spoiler.spoil = lambda events: [{**each, "end": None} if is_bad(each) else each for each in events]

    assert await spoiled.sweep(room) == []

    known = await spoiled.known(room)
    assert (known["state"], known["unreadable"]) == ("unproved", 1)
    assert await spoiled.bookings(room) == _windows(range(4))


async def test_a_series_moved_in_silence_is_judged_at_its_new_time(world: World) -> None:
    room, event = await _booked(world)
    await world.graph("PATCH", event["organizer_path"], {"start": moment(at(14)), "end": moment(at(15))})

    async def has_moved() -> bool:
        copy = await world.copy(room, event)
        return copy is not None and copy["start"]["dateTime"].startswith(f"{at(14):%Y-%m-%dT%H}")

    await world.eventually(has_moved)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert [each for each in await world.bookings(room) if each[0] == "confirmed"] == _windows(range(4), hour=14)
    assert await world.shows(room, event, "accepted")


async def test_a_series_cancelled_in_silence_frees_every_date(world: World) -> None:
    room, event = await _booked(world)
    await world.graph("POST", f"{event['organizer_path']}/cancel", {"comment": "Off"})

    async def is_cancelled() -> bool:
        copy = await world.copy(room, event)
        return copy is None or copy["isCancelled"]

    await world.eventually(is_cancelled)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.bookings(room) == _windows(range(4), "cancelled")


async def test_a_series_that_is_gone_is_looked_up_and_frees_every_date(world: World) -> None:
    room, event = await _booked(world)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("DELETE", f"/users/{room.address}/events/{copy['id']}")

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, MeetingKey(room.space_id, event["iCalUId"]))
    assert (asked.observation.ical_uid, asked.observation.meeting) == (event["iCalUId"], None)

    await world.until_agreed(room)
    assert await world.bookings(room) == _windows(range(4), "cancelled")


async def test_a_series_of_which_nothing_is_listed_is_compared_as_a_whole(spoiled: World, spoiler: Spoiler) -> None:
    room, _ = await _booked(spoiled)
    spoiler.where, spoiler.spoil = "calendarView", lambda events: events[:0]

    assert await spoiled.sweep(room) == []

    assert (await spoiled.known(room))["state"] == "agrees"
    spoiler.where = ""
    spoiler.spoil = lambda events: [each for each in events if each.get("type") != "occurrence"]
    [asked] = await spoiled.sweep(room)
    assert asked.drift is DriftKind.MISSING_IN_OUTLOOK
    assert _days_of(asked) == []


async def test_an_answer_somebody_gave_to_a_series_in_the_rooms_name_is_put_right(world: World) -> None:
    room, event = await _booked(world)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("POST", f"/users/{room.address}/events/{copy['id']}/tentativelyAccept", {"sendResponse": False})
    await world.eventually(lambda: world.shows(room, event, "tentativelyAccepted"))

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_ANSWER, MeetingKey(room.space_id, event["iCalUId"]))
    assert _days_of(asked) == [0, 1, 2, 3]

    await world.until_agreed(room)
    assert await world.shows(room, event, "accepted")


async def test_a_series_renamed_in_silence_has_its_new_title_on_every_date(world: World) -> None:
    room, event = await _booked(world)
    await world.graph("PATCH", event["organizer_path"], {"subject": "Lecture"})

    async def is_renamed() -> bool:
        copy = await world.copy(room, event)
        return copy is not None and copy["subject"] == "Lecture"

    await world.eventually(is_renamed)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TITLE, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.titles(room) == ["Lecture"] * 4


async def test_a_series_is_compared_as_far_as_it_is_booked(world: World) -> None:
    comparer = replace(world.sweeper.comparer, series=SeriesLimits(ahead=timedelta(days=366), most=3))
    world.sweeper = replace(world.sweeper, comparer=comparer)
    room, _ = await _booked(world, dates=6)

    assert await world.bookings(room) == _windows(range(3))
    assert await world.sweep(room) == []
    assert (await world.known(room))["state"] == "agrees"


async def test_a_series_whose_next_date_is_later_than_what_is_listed_is_not_missing(world: World) -> None:
    room = await world.room()
    weekly = {
        "pattern": {"type": "daily", "interval": 7},
        "range": {"type": "numbered", "startDate": f"{at(9, day=-4):%Y-%m-%d}", "numberOfOccurrences": 2},
    }
    await world.invite(room, 9 - 4 * 24, 10 - 4 * 24, recurrence=weekly)
    await world.until_agreed(room)
    assert await world.bookings(room) == _windows([3])
    near = replace(world.sweeper.comparer, look_ahead=timedelta(hours=1))
    world.sweeper = replace(world.sweeper, comparer=near)
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView"]
    assert (await world.known(room))["state"] == "agrees"


@pytest.mark.parametrize("is_allowed", [True, False], ids=["accept", "decline"])
async def test_an_answer_to_a_series_that_is_on_its_way_proves_nothing(world: World, is_allowed: bool) -> None:
    room = await world.room()
    await world.set_rule(room, {"kind": "series", "allowed": is_allowed})
    await world.invite(room, recurrence=daily(4))
    async with world.simulator.faults(
        {"match": {"method": "POST", "mailbox": room.address}, "effect": {"status": 503}}
    ):
        await world.sweep(room)
        await world.deliver()
        await world.eventually(lambda: world.intent_state(room, "issued"))

        assert await world.sweep(room) == []

        assert (await world.known(room))["agreed_at"] is None
        assert [each["healed_at"] for each in await world.drifts(room)] == [None]


async def test_a_single_meeting_that_became_a_series_in_silence_is_booked_on_every_date(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)
    await world.until_agreed(room)
    await world.graph("PATCH", event["organizer_path"], {"recurrence": daily(3)})

    async def is_series() -> bool:
        copy = await world.copy(room, event)
        return copy is not None and copy["type"] == "seriesMaster"

    await world.eventually(is_series)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))
    assert _days_of(asked) == [0, 1, 2]

    await world.until_agreed(room)
    confirmed = [each for each in await world.bookings(room) if each[0] == "confirmed"]
    assert confirmed == _windows(range(3))


async def _two_series_and(world: World, meetings: int) -> Room:
    """A room from whose calendar two series, and so many single meetings, are gone at once."""
    room = await world.room()
    for hour in (8, 9):
        await world.invite(room, hour, hour + 1, recurrence=daily(5))
    for hour in range(meetings):
        await world.invite(room, 10 + hour, 11 + hour)
    await world.until_agreed(room)
    for event in {each.get("seriesMasterId") or each["id"] for each in await world.calendar(room)}:
        await world.graph("DELETE", f"/users/{room.address}/events/{event}")
    return room


async def test_the_brake_counts_a_series_as_one_cancellation(world: World) -> None:
    room = await _two_series_and(world, 3)

    assert [each.drift for each in await world.sweep(room)] == [DriftKind.MISSING_IN_OUTLOOK] * 5


async def test_two_series_and_four_meetings_gone_at_once_wait_for_an_administrator(world: World) -> None:
    room = await _two_series_and(world, 4)

    assert await world.sweep(room) == []

    known = await world.known(room)
    assert (known["state"], known["braked_cancels"]) == ("braked", 6)
    assert "6 of the 6 reservations" in known["detail"]
