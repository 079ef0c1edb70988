"""A17: notifications that never arrive."""

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, unblocked
from deploy.driver.slots import slot
from tests.support.stacks import UNTIL_SWEPT_S

WITHIN_S = UNTIL_SWEPT_S + 20


async def test_a17_an_invitation_nobody_told_us_of_is_found(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, when = await cast.room(), await cast.user(), slot()
    async with cast.tenant.delivery(silence=True):
        event = await ada.invite("Planning", when, room.calendar)

        await answered(ada, event, room, "accepted", within_s=WITHIN_S)
        await booked(cast, room, when)


async def test_a17_a_move_and_a_cancellation_nobody_told_us_of_are_found(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, when, later = await cast.room(), await cast.user(), slot(hour=9), slot(hour=14)
    event = await accepted_meeting(ada, room, when)
    async with cast.tenant.delivery(silence=True):
        await ada.move(event, later)
        await booked(cast, room, later, within_s=WITHIN_S)
        await answered(ada, event, room, "accepted")

        await ada.cancel(event)
        await booked(cast, room, within_s=WITHIN_S)
        await unblocked(room, later)


async def test_a17_a_hold_somebody_deleted_is_put_back(swept_cast: Cast) -> None:
    cast = swept_cast
    room, when = await cast.room(), slot()
    await cast.administrator.reserve(room.space, when, "Board meeting")
    await blocked(room, when)
    async with cast.tenant.delivery(silence=True):
        [hold] = await room.calendar.day(when)
        await room.calendar.take_off(hold)

        await blocked(room, when, within_s=WITHIN_S)
        await booked(cast, room, when)
        assert len(await room.calendar.day(when)) == 1


async def test_a17_quiet_rooms_are_swept_without_a_write_or_a_mail(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, when = await cast.room(), await cast.user(), slot()
    await accepted_meeting(ada, room, when)
    await booked(cast, room, when)
    reads = await _sweeps(cast, room)

    while await _sweeps(cast, room) < reads + 2:
        assert await cast.tenant.answers(ada, room.calendar) == ["accepted"]
    writes = await cast.tenant.writes(room.calendar)
    assert [call["path"].rsplit("/", 1)[-1] for call in writes] == ["accept"]


async def _sweeps(cast: Cast, room: BookableRoom) -> int:
    return sum(1 for call in await cast.tenant.calls(room.calendar, "GET") if "calendarView" in call["path"])
