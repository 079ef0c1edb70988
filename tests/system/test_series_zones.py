"""B20: the dates of a series keep to the clock of their zone, whatever the room's own clock shows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import answered, blocked, booked, group_of, mailed
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import daily, weekly
from tests.system.clocks import A_DAY, by_clock, length_of, next_change_of, next_day_anywhere

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OFFICE_HOURS = {"weekly": {day: [["08:00", "18:00"]] for day in WEEKDAYS}}
CUSTOM = "tzone://Microsoft/Custom"
UNKNOWN = {"originalStartTimeZone": CUSTOM, "originalEndTimeZone": CUSTOM}


@pytest.mark.parametrize("hours", [23, 25])
async def test_b20_a_series_keeps_its_time_of_day_when_the_clock_is_changed(cast: Cast, hours: int) -> None:
    zone, change = next_day_anywhere(hours)
    room, ada = await cast.room(time_zone=zone), await cast.user()
    dates = [change + number * A_DAY for number in range(-1, 3)]
    windows = [by_clock(zone, day, "09:00", "10:00") for day in dates]

    event = await ada.invite_series("Planning", windows[0], daily(dates[0]).times(4), room.calendar, zone=zone)

    await answered(ada, event, room, "accepted")
    found = await booked(cast, room, *windows)
    assert windows[0].later(days=2) != windows[2]
    assert [each["original_date"] for each in found] == [day.isoformat() for day in dates]
    for each in windows:
        await blocked(room, each)


@pytest.mark.parametrize("hours", [23, 25], ids=["that there is not", "that there is twice"])
async def test_b20_a_time_of_day_that_there_is_not_or_twice_is_booked_as_outlook_shows_it(
    cast: Cast, hours: int
) -> None:
    zone, change = next_day_anywhere(hours)
    room, ada = await cast.room(time_zone=zone), await cast.user()
    dates = [change + number * A_DAY for number in range(-1, 2)]
    first = by_clock(zone, dates[0], "02:30", "03:30")

    event = await ada.invite_series("Planning", first, daily(dates[0]).times(3), room.calendar, zone=zone)

    await answered(ada, event, room, "accepted")
    shown = [when_of(each) for each in await ada.occurrences(event)]
    assert shown[1].start.astimezone(ZoneInfo(zone)).date() == change
    found = await booked(cast, room, *shown)
    assert [each["original_date"] for each in found] == [day.isoformat() for day in dates]


async def test_b20_dates_are_judged_by_the_clock_of_the_room_while_the_organizer_has_another(cast: Cast) -> None:
    here, there = "America/New_York", "Asia/Tokyo"
    room, ada = await cast.room(time_zone=here), await cast.user(time_zone="Tokyo Standard Time")
    rule = {"allowed": True, "on_conflict": "skip_conflicts"}
    await cast.administrator.set_policy(room.space, "series", rule)
    await cast.administrator.set_policy(room.space, "opening_hours", OFFICE_HOURS)
    # What is 08:00 in New York in summer is 07:00 there in winter, and there are no summers in Tokyo.
    change = next_change_of(here)
    dates = [change + number * A_DAY for number in range(-1, 4)]
    windows = [by_clock(there, day, "21:00", "22:00") for day in dates]

    event = await ada.invite_series("Planning", windows[0], daily(dates[0]).times(5), room.calendar, zone=there)

    await answered(ada, event, room, "accepted")
    is_open = [each.start.astimezone(ZoneInfo(here)).hour == 8 for each in windows]
    assert set(is_open) == {True, False}
    await booked(cast, room, *(each for each, opened in zip(windows, is_open, strict=True) if opened))
    for each, opened in zip(await ada.occurrences(event), is_open, strict=True):
        await answered(ada, each, room, "accepted" if opened else "declined")
    mails = await mailed(cast, ada, room, ["accepted"] + ["declined"] * is_open.count(False))
    for mail in mails:
        assert "open 08:00-18:00" in mail["comment"], mails


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("Pacific/Kiritimati", ("00:00", "00:30")),
        ("Pacific/Kiritimati", ("23:30", "24:00")),
        ("Asia/Kolkata", ("05:00", "05:30")),
        ("America/Los_Angeles", ("23:30", "24:00")),
    ],
)
async def test_b20_the_last_day_of_a_series_is_one_of_its_dates_in_its_own_zone(
    cast: Cast, zone: str, clock: tuple[str, str]
) -> None:
    room, ada = await cast.room(), await cast.user()
    first = datetime.now(UTC).date() + 3 * A_DAY
    dates = [first + number * A_DAY for number in range(3)]
    windows = [by_clock(zone, day, *clock) for day in dates]

    event = await ada.invite_series("Planning", windows[0], daily(first).until(dates[-1]), room.calendar, zone=zone)

    await answered(ada, event, room, "accepted")
    found = await booked(cast, room, *windows)
    assert [each["original_date"] for each in found] == [day.isoformat() for day in dates]
    group = await group_of(cast, room)
    assert (group["is_complete"], group["time_zone"]) == (True, zone)


@pytest.mark.parametrize("shown", [{}, UNKNOWN], ids=["made in a zone", "made in a zone that nobody knows"])
async def test_b20_whole_days_of_a_series_whose_recurrence_has_no_zone(cast: Cast, shown: Json) -> None:
    zone = "Europe/Berlin"
    room, ada = await cast.room(time_zone=zone), await cast.user(time_zone=zone)
    change = next_change_of(zone)
    dates = [change + 7 * number * A_DAY for number in range(-1, 2)]
    empty = [
        [f'"recurrenceTimeZone":"{name}"', '"recurrenceTimeZone":""'] for name in (zone, "W. Europe Standard Time")
    ]
    async with cast.tenant.overlays({"mailbox": room.calendar.address, "set": shown, "replace": empty}):
        event = await ada.invite_series(
            "Planning", by_clock(zone, dates[0]), weekly(dates[0]).times(3), room.calendar, zone=zone, isAllDay=True
        )

        await answered(ada, event, room, "accepted")
        assert await _recurrence_zone(room, event) == ""
        windows = [by_clock(zone, day) for day in dates]
        found = await booked(cast, room, *windows)
        assert length_of(windows[0]) == length_of(windows[2]) != length_of(windows[1])
        assert [each["original_date"] for each in found] == [day.isoformat() for day in dates]
        for each in windows:
            await blocked(room, each)


async def test_b20_a_series_in_a_zone_that_nobody_knows_is_booked_when_outlook_shows_it(cast: Cast) -> None:
    zone = "Europe/Berlin"
    room, ada = await cast.room(time_zone=zone), await cast.user()
    change = next_change_of(zone)
    dates = [change + number * A_DAY for number in range(-2, 3)]
    windows = [by_clock(zone, day, "00:15", "01:15") for day in dates]
    named = [[f'"recurrenceTimeZone":"{zone}"', f'"recurrenceTimeZone":"{CUSTOM}"']]
    async with cast.tenant.overlays({"mailbox": room.calendar.address, "set": UNKNOWN, "replace": named}):
        event = await ada.invite_series("Planning", windows[0], daily(dates[0]).times(5), room.calendar, zone=zone)

        await answered(ada, event, room, "accepted")
        assert await _recurrence_zone(room, event) == CUSTOM
        await booked(cast, room, *windows)
        fourth = (await ada.occurrences(event))[3]
        await ada.move(fourth, windows[3].later(hours=3))
        await booked(cast, room, *windows[:3], windows[3].later(hours=3), windows[4])
        await ada.delete((await ada.occurrences(event))[1])
        await booked(cast, room, windows[0], windows[2], windows[3].later(hours=3), windows[4])
    assert await ada.answer_of(room.calendar, event) == "accepted"


async def _recurrence_zone(room: BookableRoom, event: Json) -> str:
    [copy] = await room.calendar.copies(event["iCalUId"])
    return str(copy["recurrence"]["range"]["recurrenceTimeZone"])
