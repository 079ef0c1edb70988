"""Groups of the back office in Outlook: one recurring hold, put back whatever somebody does to it there."""

from datetime import timedelta

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, throughout
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import answered
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks
from tests.support.stacks import UNTIL_SWEPT_S

DATES = 4


async def reserved(cast: Cast, room: BookableRoom, when: Slot) -> Json:
    """Reserve a room for four weeks, and wait until Outlook shows it."""
    recurs = weekly(when.start.date()).times(DATES).body
    group = await cast.administrator.reserve_group(room.space, when, "Board meeting", recurrence=recurs)
    await held(room, *weeks(when, DATES))
    return group


async def events(room: BookableRoom) -> list[Json]:
    return await room.calendar.graph.listing(f"{room.calendar.path}/events")


async def held(room: BookableRoom, *windows: Slot, within_s: float = 10) -> Json:
    """Wait until one event of the room shows the reserved dates and nothing else; return it."""

    async def look() -> Json:
        found = await events(room)
        assert len(found) == 1
        [series] = found
        try:
            shown = await room.calendar.occurrences(series)
        except RequestRefused as gone:
            raise AssertionError("the event was written anew between the two reads") from gone
        assert sorted(when_of(each).start for each in shown) == [each.start for each in windows]
        assert {(each["subject"], each["showAs"]) for each in shown} == {("Board meeting", "busy")}
        return series

    return await eventually(look, within_s=within_s)


async def test_somebody_moves_a_date_of_it_and_it_is_put_back(cast: Cast) -> None:
    room, when, ada = await cast.room(), slot(), await cast.user("ada")
    await reserved(cast, room, when)
    second = when.later(days=7)
    series = await held(room, *weeks(when, DATES))

    await room.calendar.drag(await room.calendar.occurrence(series, second.start.date()), second.later(hours=3))

    assert (await held(room, *weeks(when, DATES)))["id"] == series["id"]
    event = await ada.invite("Planning", second, room.calendar)
    await answered(ada, event, room, "declined")


async def test_somebody_deletes_a_date_of_it_and_it_comes_back(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    await reserved(cast, room, when)
    series = await held(room, *weeks(when, DATES))

    await room.calendar.take_off(await room.calendar.occurrence(series, when.later(days=14).start.date()))

    await held(room, *weeks(when, DATES))


async def test_somebody_renames_it_and_its_title_is_put_back(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    await reserved(cast, room, when)
    series = await held(room, *weeks(when, DATES))

    path = f"{room.calendar.path}/events/{series['id']}"
    await room.calendar.graph.send("PATCH", path, body={"subject": "Mine"})

    await held(room, *weeks(when, DATES))


async def test_somebody_deletes_it_in_silence_and_a_sweep_brings_it_back(swept_cast: Cast) -> None:
    cast = swept_cast
    room, when = await cast.room(), slot()
    await reserved(cast, room, when)
    series = await held(room, *weeks(when, DATES))

    async with cast.tenant.delivery(silence=True):
        await room.calendar.take_off(series)
        again = await held(room, *weeks(when, DATES), within_s=UNTIL_SWEPT_S + 20)

    assert again["id"] != series["id"]
    assert when_of(again).end - when_of(again).start == timedelta(hours=1)


async def test_a_date_that_somebody_deletes_comes_back_although_graph_does_not_say_which_dates_are_gone(
    swept_cast: Cast,
) -> None:
    cast = swept_cast
    room, when = await cast.room(), slot()
    async with cast.tenant.options(omits_cancelled_occurrences=True):
        await reserved(cast, room, when)
        dates = await cast.administrator.reservations(room.space, "confirmed")
        await cast.administrator.cancel(dates[1])
        left = weeks(when, DATES, without=1)
        series = await held(room, *left)

        await room.calendar.take_off(await room.calendar.occurrence(series, left[1].start.date()))

        again = await held(room, *left)
        assert again["id"] != series["id"]
        async with cast.tenant.delivery(silence=True):
            await room.calendar.take_off(await room.calendar.occurrence(again, left[2].start.date()))
            third = await held(room, *left, within_s=UNTIL_SWEPT_S + 20)
        assert third["id"] != again["id"]
        written = await cast.tenant.writes(room.calendar)

        async def is_left_alone() -> None:
            assert await cast.tenant.writes(room.calendar) == written

        await throughout(is_left_alone, seconds=3 * UNTIL_SWEPT_S)
