"""B20: organizers write times on clocks of their own; rooms are booked, judged and told of on theirs."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, declined, mailed
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot
from tests.system.clocks import A_DAY, by_clock, length_of, local_time, next_day_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OFFICE_HOURS = {"weekly": {day: [["08:00", "18:00"]] for day in WEEKDAYS}}
# Times of day in Tokyo: office hours in New York and in neither Tokyo nor UTC, and the other way round.
OPEN_HERE, OPEN_THERE = ("04:00", "05:00"), ("17:00", "18:00")
CUSTOM_ZONE = {"originalStartTimeZone": "tzone://Microsoft/Custom", "originalEndTimeZone": "tzone://Microsoft/Custom"}


@pytest.mark.parametrize("hours", [23, 25])
async def test_b20_an_all_day_meeting_takes_the_whole_day_on_which_the_clock_is_changed(cast: Cast, hours: int) -> None:
    zone = "Europe/Berlin"
    room, ada, ben = await cast.room(time_zone=zone), await cast.user("ada"), await cast.user("ben")
    day = next_day_of(hours, zone)
    whole = by_clock(zone, day)
    await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": 24 * 60})

    event = await _invite_all_day(ada, room, zone, day)

    await answered(ada, event, room, "accepted")
    await booked(cast, room, whole)
    assert length_of(whole) == timedelta(hours=hours)
    [mail] = await mailed(cast, ada, room, ["accepted"])
    assert f"{day:%a %d %b %Y}, all day ({zone})" in mail["comment"], mail
    await blocked(room, whole)
    last_hour = Slot(whole.end - timedelta(hours=1), whole.end)
    refused = await ben.invite("Interview", last_hour, room.calendar)
    await answered(ben, refused, room, "declined")
    await accepted_meeting(ben, room, last_hour.later(hours=1))
    await accepted_meeting(ben, room, Slot(whole.start - timedelta(hours=1), whole.start))


@pytest.mark.parametrize(("hours", "minutes", "lasts"), [(23, 60, "1 hour"), (25, 180, "3 hours")])
async def test_b20_a_meeting_across_a_change_of_the_clock_is_as_long_as_it_takes(
    cast: Cast, hours: int, minutes: int, lasts: str
) -> None:
    zone = "Europe/Berlin"
    room, ada, day = await cast.room(time_zone=zone), await cast.user(), next_day_of(hours, zone)
    when = by_clock(zone, day, "01:30", "03:30")
    assert length_of(when) == timedelta(minutes=minutes)
    await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": minutes - 1})

    event = await _invite_by_clock(ada, room, zone, day, "01:30", "03:30")

    await answered(ada, event, room, "declined")
    refused = await declined(cast, room)
    [reason] = refused["decision"]["reasons"]
    assert (refused["start"], refused["end"]) == (_z(when.start), _z(when.end))
    assert (reason["limit"], reason["actual"]) == (str(minutes - 1), str(minutes))
    [mail] = await mailed(cast, ada, room, ["declined"])
    assert f"lasts {lasts}" in mail["comment"]
    assert f"{day:%a %d %b %Y}, 01:30-03:30 ({zone})" in mail["comment"], mail


async def test_b20_opening_hours_are_those_of_the_room_wherever_the_organizer_is(cast: Cast) -> None:
    here, there = "America/New_York", "Asia/Tokyo"
    room, ada = await cast.room(time_zone=here), await cast.user(time_zone="Tokyo Standard Time")
    day = datetime.now(UTC).date() + 7 * A_DAY
    await cast.administrator.set_policy(room.space, "opening_hours", OFFICE_HOURS)

    closed = await _invite_by_clock(ada, room, there, day, *OPEN_THERE)
    opened = await _invite_by_clock(ada, room, there, day, *OPEN_HERE)

    await answered(ada, closed, room, "declined")
    await answered(ada, opened, room, "accepted")
    await booked(cast, room, by_clock(there, day, *OPEN_HERE))
    [reason] = (await declined(cast, room))["decision"]["reasons"]
    moment = by_clock(there, day, *OPEN_THERE).start.astimezone(ZoneInfo(here))
    assert reason["rule"] == "opening_hours"
    assert f"open 08:00-18:00 on {moment:%A}s" in reason["message"]
    assert f"{moment:%a %d %b %Y, %H:%M}-" in reason["message"], reason
    mails = await cast.tenant.answer_mails(ada, room.calendar)
    [said] = [mail["comment"] for mail in mails if mail["response"] == "declined"]
    assert reason["message"] in said
    assert here in said


async def test_b20_an_edit_is_judged_by_the_opening_hours_of_the_room(cast: Cast) -> None:
    here, there = "America/New_York", "Asia/Tokyo"
    room, ada = await cast.room(time_zone=here), await cast.user(time_zone="Tokyo Standard Time")
    day = datetime.now(UTC).date() + 7 * A_DAY
    await cast.administrator.set_policy(room.space, "opening_hours", OFFICE_HOURS)
    event = await _invite_by_clock(ada, room, there, day, *OPEN_HERE)
    await answered(ada, event, room, "accepted")

    await ada.change(event, **_clocked(there, day, *OPEN_THERE))

    await answered(ada, event, room, "tentativelyAccepted")
    [kept] = await booked(cast, room, by_clock(there, day, *OPEN_HERE))
    assert [each["rule"] for each in kept["refused_request"]["reasons"]] == ["opening_hours"]
    await blocked(room, by_clock(there, day, *OPEN_HERE))


async def test_b20_an_all_day_meeting_is_the_day_of_its_organizer(cast: Cast) -> None:
    here, there = "America/New_York", "Asia/Tokyo"
    room, ada = await cast.room(time_zone=here), await cast.user(time_zone="Tokyo Standard Time")
    day = datetime.now(UTC).date() + 7 * A_DAY

    event = await _invite_all_day(ada, room, "Tokyo Standard Time", day)

    await answered(ada, event, room, "accepted")
    await booked(cast, room, by_clock(there, day))
    await blocked(room, by_clock(there, day))
    [mail] = await mailed(cast, ada, room, ["accepted"])
    start, end = (each.astimezone(ZoneInfo(here)) for each in (by_clock(there, day).start, by_clock(there, day).end))
    assert f"{start:%a %d %b %Y, %H:%M} to {end:%a %d %b %Y, %H:%M} ({here})" in mail["comment"], mail


async def test_b20_kyiv_is_one_zone_by_each_of_its_names(cast: Cast) -> None:
    zone = "Europe/Kyiv"
    room, ada = await cast.room(time_zone=zone), await cast.user()
    day = next_day_of(23, zone)
    await cast.administrator.set_policy(room.space, "opening_hours", OFFICE_HOURS)
    names = {
        "Europe/Kyiv": ("08:00", "09:00"),
        "Europe/Kiev": ("09:00", "10:00"),
        "FLE Standard Time": ("17:00", "18:00"),
    }

    inside = [await _invite_by_clock(ada, room, name, day, *hours) for name, hours in names.items()]
    outside = [await _invite_by_clock(ada, room, name, day, "18:00", "18:30") for name in names]

    for answer, events in (("accepted", inside), ("declined", outside)):
        for event in events:
            await answered(ada, event, room, answer)
    await booked(cast, room, *(by_clock(zone, day, *hours) for hours in names.values()))


async def test_b20_a_meeting_in_a_zone_of_its_own_is_booked_for_the_time_that_it_is(cast: Cast) -> None:
    zone = "America/New_York"
    room, ada = await cast.room(time_zone=zone), await cast.user()
    day = datetime.now(UTC).date() + 7 * A_DAY
    await cast.administrator.set_policy(room.space, "opening_hours", OFFICE_HOURS)
    async with cast.tenant.overlays({"mailbox": room.calendar.address, "subject": "Planning", "set": CUSTOM_ZONE}):
        inside = await _invite_by_clock(ada, room, "Asia/Tokyo", day, *OPEN_HERE)
        outside = await _invite_by_clock(ada, room, "Asia/Tokyo", day, *OPEN_THERE)

        await answered(ada, inside, room, "accepted")
        await answered(ada, outside, room, "declined")
        await booked(cast, room, by_clock("Asia/Tokyo", day, *OPEN_HERE))


async def test_b20_an_all_day_meeting_in_a_zone_of_its_own_is_that_day_of_the_room(cast: Cast) -> None:
    zone = "America/New_York"
    room, ada, day = await cast.room(time_zone=zone), await cast.user(), next_day_of(23, zone)
    async with cast.tenant.overlays({"mailbox": room.calendar.address, "subject": "Planning", "set": CUSTOM_ZONE}):
        event = await _invite_all_day(ada, room, zone, day)

        await answered(ada, event, room, "accepted")
        await booked(cast, room, by_clock(zone, day))
        [mail] = await mailed(cast, ada, room, ["accepted"])
        assert f"{day:%a %d %b %Y}, all day ({zone})" in mail["comment"], mail


async def _invite_by_clock(user: OutlookUser, room: BookableRoom, zone: str, day: date, start: str, end: str) -> Json:
    """Make a meeting by what the clock shows in a zone; Graph is told these times and the zone's name."""
    return await user.invite("Planning", by_clock("UTC", day), room.calendar, **_clocked(zone, day, start, end))


async def _invite_all_day(user: OutlookUser, room: BookableRoom, zone: str, day: date) -> Json:
    whole = _clocked(zone, day, "00:00", "24:00")
    return await user.invite("Planning", by_clock("UTC", day), room.calendar, isAllDay=True, **whole)


def _clocked(zone: str, day: date, start: str, end: str) -> Json:
    edges = {"start": start, "end": end}
    return {edge: {"dateTime": local_time(day, clock).isoformat(), "timeZone": zone} for edge, clock in edges.items()}


def _z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
