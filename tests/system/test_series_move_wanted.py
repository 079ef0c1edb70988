"""C15: the back office wants several dates of a series elsewhere where organizers' calendars may not be edited."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.http import Json
from deploy.driver.looks import accepted_series, answered, blocked, booked, mailed, unblocked
from deploy.driver.mailbox import when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks
from tests.support.stacks import UNTIL_SWEPT_S

WHEN = slot(hour=9)
DATES = weeks(WHEN, 5)
LATER = [each.later(hours=3) for each in DATES]
WITHIN_S = 90


async def asked_to_move(
    cast: Cast, room: BookableRoom, when: Slot = WHEN, *, since: int = 0
) -> tuple[OutlookUser, Json, list[Json]]:
    """Have the back office want a series three hours later, from one date on; wait until its organizer is asked."""
    ada, series = await accepted_series(cast, room, when, 5)
    dates = weeks(when, 5)
    rows = await booked(cast, room, *dates)
    to = dates[since].later(hours=3)
    changed = await cast.administrator.move_dates(rows[since], "following" if since else "all", to)
    assert (window_of(changed), window_of(changed["proposed_change"])) == (dates[since], to)
    await answered(ada, series, room, "tentativelyAccepted")
    return ada, series, rows


async def wanted(cast: Cast, room: BookableRoom, *windows: Slot | None) -> None:
    """Wait until the dates of a room's series are wanted at these times, None where they are to stay."""

    async def look() -> None:
        rows = await cast.administrator.reservations(room.space, "confirmed")
        changes = [each["proposed_change"] for each in rows]
        shown = [window_of(each) if each is not None else None for each in changes]
        expect(shown == list(windows), f"the dates are wanted at {[str(each) for each in shown]}")

    await eventually(look)


async def all_free(cast: Cast, room: BookableRoom, *windows: Slot) -> None:
    for each in windows:
        await unblocked(room, each)
        assert await cast.administrator.is_free(room.space, each)


async def test_c15_without_organizer_access_a_series_is_asked_once_to_move_and_both_times_are_held(cast: Cast) -> None:
    room = await cast.room()
    ada, series, _ = await asked_to_move(cast, room)

    await wanted(cast, room, *LATER)
    await booked(cast, room, *DATES)
    for each in (*DATES, *LATER):
        assert not await cast.administrator.is_free(room.space, each)
    for each in LATER:
        await blocked(room, each)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted"])
    assert "asks you to move 5 dates" in mail["comment"]
    assert [when_of(each) for each in await ada.occurrences(series)] == DATES
    ben = await cast.user("ben")
    other = await ben.invite("Board", LATER[2], room.calendar)
    await answered(ben, other, room, "declined")


async def test_c15_an_organizer_who_moves_the_series_there_has_the_room_on_every_date(cast: Cast) -> None:
    room = await cast.room()
    ada, series, rows = await asked_to_move(cast, room)

    await ada.reschedule(series, LATER[0], weekly(WHEN.start.date()).times(5))

    after = await booked(cast, room, *LATER)
    assert [each["id"] for each in after] == [each["id"] for each in rows]
    await answered(ada, series, room, "accepted")
    await wanted(cast, room, *[None] * 5)
    await all_free(cast, room, *DATES)
    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "accepted"])

    async def only_the_series() -> None:
        assert len(await room.calendar.day(LATER[1])) == 1

    await eventually(only_the_series)


async def test_c15_an_organizer_who_moves_dates_one_by_one_has_the_room_there_and_stays_asked_for_the_others(
    cast: Cast,
) -> None:
    room = await cast.room()
    ada, series, _ = await asked_to_move(cast, room, since=1)
    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted"])

    await ada.move(await ada.occurrence(series, DATES[1].start.date()), LATER[1])
    await booked(cast, room, DATES[0], LATER[1], *DATES[2:])
    await answered(ada, await ada.occurrence(series, DATES[1].start.date()), room, "accepted")
    await wanted(cast, room, None, None, *LATER[2:])
    assert await ada.answer_of(room.calendar, series) == "tentativelyAccepted"
    for number in (2, 3, 4):
        await ada.move(await ada.occurrence(series, DATES[number].start.date()), LATER[number])

    await booked(cast, room, DATES[0], *LATER[1:])
    await answered(ada, series, room, "accepted")
    await all_free(cast, room, *DATES[1:])


async def test_c15_a_series_that_is_moved_elsewhere_or_cancelled_is_wanted_nowhere_else(cast: Cast) -> None:
    room = await cast.room()
    ada, series, _ = await asked_to_move(cast, room)
    elsewhere = [each.later(hours=6) for each in DATES]

    await ada.reschedule(series, elsewhere[0], weekly(WHEN.start.date()).times(5))

    await booked(cast, room, *elsewhere)
    await answered(ada, series, room, "accepted")
    await all_free(cast, room, *DATES, *LATER)
    [first, *_] = await booked(cast, room, *elsewhere)
    await cast.administrator.move_dates(first, "all", WHEN)
    await answered(ada, series, room, "tentativelyAccepted")
    await ada.cancel(series)

    await booked(cast, room)
    await all_free(cast, room, *DATES, *elsewhere)


@pytest.mark.timeout(240)
async def test_c15_a_series_that_nobody_moves_in_time_is_accepted_where_it_is(cast: Cast) -> None:
    room = await cast.room()
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=25)
    soon = Slot(start, start + timedelta(hours=1))
    ada, series, _ = await asked_to_move(cast, room, soon)

    await answered(ada, series, room, "accepted", within_s=WITHIN_S)

    await booked(cast, room, *weeks(soon, 5))
    await wanted(cast, room, *[None] * 5)
    await all_free(cast, room, *[each.later(hours=3) for each in weeks(soon, 5)[1:]])
    mails = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "accepted"])
    assert "no longer asked to move 5 dates" in mails[-1]["comment"]


async def test_c15_another_wish_takes_the_place_of_the_first_and_what_is_booked_takes_it_back(cast: Cast) -> None:
    room = await cast.room()
    ada, series, rows = await asked_to_move(cast, room)
    others = [each.later(hours=5) for each in DATES]

    await cast.administrator.move_dates(rows[1], "following", others[1])
    await wanted(cast, room, None, *others[1:])
    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "tentativelyAccepted"])
    await all_free(cast, room, *LATER)
    await cast.administrator.move_dates(rows[0], "all", WHEN)

    await answered(ada, series, room, "accepted")
    await all_free(cast, room, *others)
    await booked(cast, room, *DATES)


async def test_c15_two_dates_among_others_are_each_proposed_by_themselves(cast: Cast) -> None:
    room = await cast.room()
    ada, series = await accepted_series(cast, room, WHEN, 5)
    rows = await booked(cast, room, *DATES)

    await cast.administrator.move_dates(rows[3], "following", LATER[3])

    for number in (3, 4):
        date_of_series = await ada.occurrence(series, DATES[number].start.date())
        await answered(ada, date_of_series, room, "tentativelyAccepted")
        await ada.move(date_of_series, LATER[number])
        await answered(ada, date_of_series, room, "accepted")
    await booked(cast, room, *DATES[:3], *LATER[3:])
    assert await ada.answer_of(room.calendar, series) == "accepted"


@pytest.mark.timeout(300)
async def test_c15_sweeps_leave_a_series_alone_while_it_is_asked_to_move_and_find_that_it_moved_in_silence(
    swept_cast: Cast,
) -> None:
    cast = swept_cast
    room = await cast.room()
    ada, series, rows = await asked_to_move(cast, room)
    for each in LATER:
        await blocked(room, each)
    written = len(await cast.tenant.writes(room.calendar))

    async def nothing_follows() -> None:
        found = len(await cast.tenant.writes(room.calendar))
        expect(found == written, f"the room was written to {found - written} times more")

    await throughout(nothing_follows, seconds=4 * UNTIL_SWEPT_S)
    async with cast.tenant.delivery(silence=True):
        await ada.reschedule(series, LATER[0], weekly(WHEN.start.date()).times(5))
        after = await booked(cast, room, *LATER, within_s=WITHIN_S)
        await answered(ada, series, room, "accepted", within_s=WITHIN_S)

    assert [each["id"] for each in after] == [each["id"] for each in rows]
    await all_free(cast, room, *DATES)
