"""Series whose changes nobody told of: found in one listing, put to policy as a whole, and right again in the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from libs.graph.types import SeriesLimits
from tests.integration.reconciler.series import booked, days_of, windows
from tests.integration.reconciler.spoiler import Spoiler
from tests.integration.reconciler.world import Room, World, at, daily, moment


async def test_a_series_nobody_told_of_is_one_drift_and_each_of_its_dates_is_booked(world: World) -> None:
    room = await world.room()
    event = await world.invite(room, recurrence=daily(4))

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_LEDGER, MeetingKey(room.space_id, event["iCalUId"]))
    assert days_of(asked) == [0, 1, 2, 3]

    await world.until_agreed(room)
    assert await world.bookings(room) == windows(range(4))
    assert await world.shows(room, event, "accepted")


async def test_a_series_that_is_as_booked_costs_nothing_beside_the_listing(world: World) -> None:
    room, _ = await booked(world)
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView"]
    assert (await world.known(room))["state"] == "agrees"


async def test_a_series_that_is_as_booked_costs_one_call_if_its_event_is_not_known(world: World) -> None:
    room, _ = await booked(world)
    await world.database.execute("UPDATE policy.meetings SET event_id = 'other' WHERE space_id = $1", room.space_id)
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView", "events/"]
    assert (await world.known(room))["state"] == "agrees"


async def test_a_series_moved_in_silence_is_judged_at_its_new_time(world: World) -> None:
    room, event = await booked(world)
    await world.graph("PATCH", event["organizer_path"], {"start": moment(at(14)), "end": moment(at(15))})

    async def has_moved() -> bool:
        copy = await world.copy(room, event)
        return copy is not None and copy["start"]["dateTime"].startswith(f"{at(14):%Y-%m-%dT%H}")

    await world.eventually(has_moved)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert [each for each in await world.bookings(room) if each[0] == "confirmed"] == windows(range(4), hour=14)
    assert await world.shows(room, event, "accepted")


async def test_a_series_cancelled_in_silence_frees_every_date(world: World) -> None:
    room, event = await booked(world)
    await world.graph("POST", f"{event['organizer_path']}/cancel", {"comment": "Off"})

    async def is_cancelled() -> bool:
        copy = await world.copy(room, event)
        return copy is None or copy["isCancelled"]

    await world.eventually(is_cancelled)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.bookings(room) == windows(range(4), "cancelled")


async def test_a_series_that_is_gone_is_looked_up_and_frees_every_date(world: World) -> None:
    room, event = await booked(world)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("DELETE", f"/users/{room.address}/events/{copy['id']}")

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, MeetingKey(room.space_id, event["iCalUId"]))
    assert (asked.observation.ical_uid, asked.observation.meeting) == (event["iCalUId"], None)

    await world.until_agreed(room)
    assert await world.bookings(room) == windows(range(4), "cancelled")


async def test_a_series_of_which_nothing_is_listed_is_compared_as_a_whole(spoiled: World, spoiler: Spoiler) -> None:
    room, _ = await booked(spoiled)
    spoiler.where, spoiler.spoil = "calendarView", lambda events: events[:0]

    assert await spoiled.sweep(room) == []

    assert (await spoiled.known(room))["state"] == "agrees"
    spoiler.where = ""
    spoiler.spoil = lambda events: [each for each in events if each.get("type") != "occurrence"]
    [asked] = await spoiled.sweep(room)
    assert asked.drift is DriftKind.MISSING_IN_OUTLOOK
    assert days_of(asked) == []


async def test_an_answer_somebody_gave_to_a_series_in_the_rooms_name_is_put_right(world: World) -> None:
    room, event = await booked(world)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("POST", f"/users/{room.address}/events/{copy['id']}/tentativelyAccept", {"sendResponse": False})
    await world.eventually(lambda: world.shows(room, event, "tentativelyAccepted"))

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_ANSWER, MeetingKey(room.space_id, event["iCalUId"]))
    assert days_of(asked) == [0, 1, 2, 3]

    await world.until_agreed(room)
    assert await world.shows(room, event, "accepted")


async def test_a_series_renamed_in_silence_has_its_new_title_on_every_date(world: World) -> None:
    room, event = await booked(world)
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
    room, _ = await booked(world, dates=6)

    assert await world.bookings(room) == windows(range(3))
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
    assert await world.bookings(room) == windows([3])
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
    assert days_of(asked) == [0, 1, 2]

    await world.until_agreed(room)
    confirmed = [each for each in await world.bookings(room) if each[0] == "confirmed"]
    assert confirmed == windows(range(3))


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
