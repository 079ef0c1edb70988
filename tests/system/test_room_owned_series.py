"""A series that somebody with rights makes on a room's own calendar: its dates are taken on both sides."""

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, booked, group_of
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks

DATES = 4


async def repaired(cast: Cast, room: BookableRoom, when: Slot) -> Json:
    """Have a weekly series on the room's own calendar, and its dates in the ledger."""
    series = await room.calendar.put("Repairs", when, weekly(when.start.date()).times(DATES))
    await booked(cast, room, *weeks(when, DATES))
    return series


async def test_it_blocks_its_dates_until_they_are_deleted(cast: Cast) -> None:
    room, when, ada = await cast.room(), slot(), await cast.user("ada")
    series = await repaired(cast, room, when)
    group = await group_of(cast, room)
    assert (group["status"], group["ical_uid"], group["is_complete"]) == ("confirmed", series["iCalUId"], True)
    second = when.later(days=7)

    refused = await ada.invite("Planning", second.later(minutes=30), room.calendar)
    await answered(ada, refused, room, "declined")

    await room.calendar.take_off(await room.calendar.occurrence(series, second.start.date()))
    await booked(cast, room, *weeks(when, DATES, without=1))
    await accepted_meeting(ada, room, second)

    await room.calendar.take_off(series)
    await booked(cast, room, second)
    assert (await group_of(cast, room))["status"] == "cancelled"


async def test_one_date_is_moved_and_then_the_series_and_nothing_is_written(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    series = await repaired(cast, room, when)
    later = when.later(days=7, hours=3)

    await room.calendar.drag(await room.calendar.occurrence(series, when.later(days=7).start.date()), later)
    await booked(cast, room, when, later, *weeks(when, DATES)[2:])

    await room.calendar.drag(series, when.later(hours=1))
    await booked(cast, room, *weeks(when.later(hours=1), DATES))
    assert await cast.tenant.writes(room.calendar) == []


async def test_what_was_booked_before_stays_and_the_other_dates_are_blocked(cast: Cast) -> None:
    room, when, ada = await cast.room(), slot(), await cast.user("ada")
    second = when.later(days=7)
    event = await accepted_meeting(ada, room, second)

    await room.calendar.put("Repairs", when, weekly(when.start.date()).times(DATES))

    await booked(cast, room, *weeks(when, DATES))
    assert await ada.answer_of(room.calendar, event) == "accepted"
