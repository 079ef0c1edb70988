"""Groups of the back office whose space gets another mailbox, or none for a while: the hold is where the space is."""

from dataclasses import replace

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks
from tests.system.test_groups import in_step, masters

WHEN = slot(hour=9)
DATES = weeks(WHEN, 6)
MOVED = DATES[1].later(hours=2)
LEFT = [DATES[0], MOVED, DATES[2], *DATES[4:]]
"""One date is moved, another is cancelled."""


async def reserved(cast: Cast, room: BookableRoom) -> None:
    """Reserve a room for six weeks, move one date and cancel another, and wait until Outlook shows that."""
    recurs = weekly(WHEN.start.date()).times(len(DATES)).body
    await cast.administrator.reserve_group(room.space, WHEN, "Board meeting", recurrence=recurs)
    dates = await cast.administrator.reservations(room.space, "confirmed")
    await cast.administrator.move(dates[1], MOVED)
    await cast.administrator.cancel(dates[3])
    await in_step(cast, room, *LEFT, events=1)


async def map_to(cast: Cast, room: BookableRoom, mailbox: BookableRoom | None, query: str = "") -> None:
    to = {"room_mailbox": None} if mailbox is None else {"room_mailbox": mailbox.calendar.address}
    body = to if mailbox is None else {**to, "connection": "simulator"}
    await cast.administrator.api.send("PATCH", f"/v1/spaces/{room.space['id']}{query}", body=body)


async def emptied(room: BookableRoom) -> None:
    """Wait until a mailbox has no event, and see that none comes back."""

    async def look() -> None:
        found = await masters(room)
        expect(not found, f"the mailbox has {len(found)} events")

    await eventually(look, within_s=20)


async def another(cast: Cast, room: BookableRoom) -> BookableRoom:
    """Return the same space with a mailbox that nobody knows yet."""
    return replace(room, calendar=await cast.room_mailbox("elsewhere"))


async def test_the_hold_moves_with_its_space_and_leaves_nothing_behind(cast: Cast) -> None:
    room = await cast.room()
    await reserved(cast, room)
    elsewhere = await another(cast, room)

    await map_to(cast, room, elsewhere)

    await in_step(cast, elsewhere, *LEFT, events=1)
    await emptied(room)
    dates = await cast.administrator.reservations(room.space, "confirmed")
    await cast.administrator.cancel(dates[-1])
    await in_step(cast, elsewhere, *LEFT[:-1], events=1)
    await emptied(room)


async def test_a_hold_that_is_to_stay_is_left_in_the_mailbox_before(cast: Cast) -> None:
    room = await cast.room()
    await reserved(cast, room)
    [left] = await masters(room)
    elsewhere = await another(cast, room)

    await map_to(cast, room, elsewhere, "?holds=keep")

    await in_step(cast, elsewhere, *LEFT, events=1)
    await cast.administrator.cancel((await cast.administrator.reservations(room.space, "confirmed"))[0])
    await in_step(cast, elsewhere, *LEFT[1:], events=1)
    assert [each["id"] for each in await masters(room)] == [left["id"]]
    assert await windows_of(room, left) == LEFT


async def windows_of(room: BookableRoom, series: Json) -> list[Slot]:
    return [when_of(each) for each in await room.calendar.occurrences(series)]


async def test_what_was_changed_without_a_mailbox_is_shown_by_one_hold_once_it_is_mapped_again(cast: Cast) -> None:
    room = await cast.room()
    await reserved(cast, room)

    await map_to(cast, room, None)
    await emptied(room)
    await cast.administrator.cancel((await cast.administrator.reservations(room.space, "confirmed"))[2])
    await map_to(cast, room, room)

    await in_step(cast, room, DATES[0], MOVED, *DATES[4:], events=1)


async def test_a_hold_that_was_left_standing_is_found_again_where_the_space_is_mapped_again(cast: Cast) -> None:
    room = await cast.room()
    await reserved(cast, room)

    await map_to(cast, room, None, "?holds=keep")
    await cast.administrator.cancel((await cast.administrator.reservations(room.space, "confirmed"))[2])
    await map_to(cast, room, room)

    await in_step(cast, room, DATES[0], MOVED, *DATES[4:], events=1)
