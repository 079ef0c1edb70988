"""C15: the back office cancels and moves several dates of a series that was made in Outlook, by scope."""

from zoneinfo import ZoneInfo

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_series, answered, blocked, booked, group_of, mailed, unblocked
from deploy.driver.mailbox import when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks

WHEN = slot(hour=9)
DATES = weeks(WHEN, 4)
WITHIN_S = 90
PAINTED = "The hall is being painted."


async def editing_room(cast: Cast) -> BookableRoom:
    """Make a room whose connection may edit organizers' events."""
    return await cast.room(connection=await cast.administrator.connect("editing", edits_organizer_events=True))


async def standing_at(user: OutlookUser, series: Json, whens: list[Slot]) -> None:
    """Wait until the dates of the organizer's series are at these times."""

    async def look() -> None:
        shown = [when_of(each) for each in await user.occurrences(series)]
        expect(shown == whens, f"the series is at {[str(each) for each in shown]}")

    await eventually(look)


async def without_room(user: OutlookUser, event: Json) -> None:
    """Wait until the organizer's own event has nobody on it any more."""

    async def look() -> None:
        attendees = (await user.event(event))["attendees"]
        expect(attendees == [], attendees)

    await eventually(look)


async def test_c15_all_of_a_series_is_cancelled_and_its_organizer_is_told_once(cast: Cast) -> None:
    room = await cast.room()
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [_, second, *_] = await booked(cast, room, *DATES)

    cancelled = await cast.administrator.cancel(second, PAINTED, "all")
    again = await cast.administrator.cancel(second, PAINTED, "all")

    assert (cancelled["status"], again["version"]) == ("cancelled", cancelled["version"])
    await answered(ada, series, room, "declined")
    await booked(cast, room)
    assert (await group_of(cast, room))["status"] == "cancelled"
    for each in DATES:
        await unblocked(room, each)
    mails = await mailed(cast, ada, room, ["accepted", "declined"])
    assert PAINTED in mails[-1]["comment"]


async def test_c15_with_organizer_access_a_cancelled_series_loses_the_room(cast: Cast) -> None:
    room = await editing_room(cast)
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [first, *_] = await booked(cast, room, *DATES)

    async with cast.tenant.organizers_reachable():
        await cast.administrator.cancel(first, PAINTED, "following")
        await without_room(ada, series)

    await booked(cast, room)
    await mailed(cast, ada, room, ["accepted", "declined"])


async def test_c15_from_one_date_on_each_is_declined_and_one_text_is_read(cast: Cast) -> None:
    room = await cast.room()
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [_, second, *_] = await booked(cast, room, *DATES)

    await cast.administrator.cancel(second, PAINTED, "following")

    for each in DATES[1:]:
        await answered(ada, await ada.occurrence(series, each.start.date()), room, "declined")
        await unblocked(room, each)
    await booked(cast, room, WHEN)
    await blocked(room, WHEN)
    assert await ada.answer_of(room.calendar, series) == "accepted"
    mails = await mailed(cast, ada, room, ["accepted", "declined", "declined", "declined"])
    assert [each["comment"] for each in mails[1:] if each["comment"]] == [
        each["comment"] for each in mails[1:] if PAINTED in (each["comment"] or "")
    ]
    assert sum(PAINTED in (each["comment"] or "") for each in mails) == 1


async def test_c15_with_organizer_access_a_series_is_moved_as_a_whole_by_the_clock(cast: Cast) -> None:
    room, zone = await editing_room(cast), ZoneInfo("Europe/Berlin")
    ada = await cast.user("ada")
    # Dates on both sides of a change of clocks, whenever this is run.
    quarterly = weekly(WHEN.start.astimezone(zone).date(), every=13).times(3)
    series = await ada.invite_series("Planning", WHEN, quarterly, room.calendar, zone="Europe/Berlin")
    await answered(ada, series, room, "accepted")
    before = [when_of(each) for each in await ada.occurrences(series)]
    rows = await booked(cast, room, *before)

    async with cast.tenant.organizers_reachable():
        await cast.administrator.move_dates(rows[1], "all", before[1].later(hours=3))
        after = [each.later(hours=3) for each in before]
        await booked(cast, room, *after)
        await standing_at(ada, series, after)
        await answered(ada, series, room, "accepted")

    for old, new in zip(before, after, strict=True):
        await blocked(room, new)
        await unblocked(room, old)
        assert await cast.administrator.is_free(room.space, old)
    moves = [each for each in await cast.tenant.writes(ada) if each["method"] == "PATCH"]
    assert len(moves) == 1
    mails = await mailed(cast, ada, room, ["accepted", "accepted"])
    assert "moved this meeting from" in mails[-1]["comment"]


@pytest.mark.timeout(240)
async def test_c15_a_series_that_was_moved_in_silence_is_found_by_the_next_comparison(swept_cast: Cast) -> None:
    cast = swept_cast
    room = await editing_room(cast)
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [first, *_] = await booked(cast, room, *DATES)
    after = [each.later(hours=3) for each in DATES]

    async with cast.tenant.organizers_reachable(), cast.tenant.delivery(silence=True):
        await cast.administrator.move_dates(first, "all", after[0])
        await standing_at(ada, series, after)
        await answered(ada, series, room, "accepted", within_s=WITHIN_S)

    await booked(cast, room, *after)
    for each in DATES:
        assert await cast.administrator.is_free(room.space, each)


async def test_c15_with_organizer_access_one_date_and_those_after_it_are_moved_each_by_itself(cast: Cast) -> None:
    room = await editing_room(cast)
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [_, _, third, _] = await booked(cast, room, *DATES)
    after = [*DATES[:2], *(each.later(hours=3) for each in DATES[2:])]

    async with cast.tenant.organizers_reachable():
        await cast.administrator.move_dates(third, "following", after[2])
        await standing_at(ada, series, after)
        for each in DATES[2:]:
            await answered(ada, await ada.occurrence(series, each.start.date()), room, "accepted")

    await booked(cast, room, *after)
    for each in after:
        await blocked(room, each)
    for each in DATES[2:]:
        await unblocked(room, each)
    assert (await ada.event(series))["id"] == series["id"]


async def test_c15_a_series_whose_organizer_is_out_of_reach_stays_where_it_is(cast: Cast) -> None:
    room = await editing_room(cast)
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [first, *_] = await booked(cast, room, *DATES)

    await cast.administrator.move_dates(first, "all", WHEN.later(hours=3))

    [after, *_] = await booked(cast, room, *DATES)
    assert after["refused_request"]["reasons"][0]["actual"] == "series_not_moved"
    await standing_at(ada, series, DATES)
    assert await ada.answer_of(room.calendar, series) == "accepted"
