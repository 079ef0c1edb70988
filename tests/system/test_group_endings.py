"""Groups of the back office that end early: what is over stays in Outlook, and nothing of what was to come does."""

from datetime import UTC, datetime, timedelta

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import accepted_meeting
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import daily
from deploy.driver.slots import Slot
from tests.system.test_groups import masters

DATES = 5
SOON = timedelta(seconds=4)


async def shown(room: BookableRoom, *windows: Slot) -> None:
    """Wait until Outlook shows these times and no others."""

    async def look() -> None:
        found = [when_of(each) for event in await masters(room) for each in await room.calendar.occurrences(event)]
        expect(found == list(windows), f"Outlook has {found}")

    await eventually(look, within_s=20)


async def begun(cast: Cast, room: BookableRoom) -> tuple[list[Slot], list[Json]]:
    """Reserve a room for five days, and wait until the first of them is over; return its times and reservations."""
    now = datetime.now(UTC).replace(microsecond=0)
    first = Slot(now + SOON, now + 2 * SOON)
    windows = [first.later(days=number) for number in range(DATES)]
    recurs = daily(first.start.date()).times(DATES).body
    await cast.administrator.reserve_group(room.space, first, "Board meeting", recurrence=recurs)
    await shown(room, *windows)

    async def is_over() -> None:
        expect(datetime.now(UTC) > first.end, "its first date is not over")

    await eventually(is_over, within_s=20)
    return windows, await cast.administrator.reservations(room.space, "confirmed")


async def test_the_rest_of_a_group_that_has_begun_is_cancelled_on_both_sides(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    windows, dates = await begun(cast, room)

    await cast.administrator.cancel(dates[1], scope="all")

    await shown(room, windows[0])
    live = await cast.administrator.reservations(room.space, "confirmed")
    assert [each["id"] for each in live] == [dates[0]["id"]]
    await accepted_meeting(ada, room, windows[2])


async def test_a_space_is_deleted_while_a_group_has_begun_and_only_what_is_over_stays_in_outlook(cast: Cast) -> None:
    room = await cast.room()
    windows, dates = await begun(cast, room)

    await cast.administrator.delete(room.space, confirm=True)

    await until_free(cast, room)
    await shown(room, windows[0])
    live = await cast.administrator.reservations(room.space, "confirmed")
    assert [each["id"] for each in live] == [dates[0]["id"]]


async def until_free(cast: Cast, room: BookableRoom) -> None:
    """Wait until the mailbox of a deleted space can be mapped to another one, which does not change what it shows."""

    async def look() -> None:
        try:
            await cast.administrator.add_space("next", room.calendar)
        except RequestRefused as taken:
            raise AssertionError(str(taken.body)) from taken

    await eventually(look, within_s=20)
