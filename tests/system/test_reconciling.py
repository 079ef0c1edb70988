"""A17: notifications that never arrive."""

from deploy.driver.cast import Cast
from deploy.driver.slots import slot
from tests.system.conftest import UNTIL_SWEPT_S
from tests.system.looks import answered, blocked, booked, unblocked
from tests.system.trouble import delivery

WITHIN_S = UNTIL_SWEPT_S + 20


async def test_a17_an_invitation_nobody_told_us_of_is_found(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, when = await cast.room(), await cast.user(), slot()
    async with delivery(cast, silence=True):
        event = await ada.invite("Planning", when, room.calendar)

        await answered(ada, event, room, "accepted", within_s=WITHIN_S)
        await booked(cast.administrator, room, when)


async def test_a17_a_move_and_a_cancellation_nobody_told_us_of_are_found(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, when, later = await cast.room(), await cast.user(), slot(hour=9), slot(hour=14)
    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "accepted")
    async with delivery(cast, silence=True):
        await ada.move(event, later)
        await booked(cast.administrator, room, later, within_s=WITHIN_S)
        await answered(ada, event, room, "accepted")

        await ada.cancel(event)
        await booked(cast.administrator, room, within_s=WITHIN_S)
        await unblocked(room, later)


async def test_a17_a_hold_somebody_deleted_is_put_back(swept_cast: Cast) -> None:
    cast = swept_cast
    room, when = await cast.room(), slot()
    await cast.administrator.reserve(room.space, when, "Board meeting")
    await blocked(room, when)
    async with delivery(cast, silence=True):
        [hold] = await room.calendar.day(when)
        await room.calendar.take_off(hold)

        await blocked(room, when, within_s=WITHIN_S)
        await booked(cast.administrator, room, when)
        assert len(await room.calendar.day(when)) == 1


async def test_a17_quiet_rooms_are_swept_without_a_write_or_a_mail(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "accepted")
    await booked(cast.administrator, room, when)
    reads = await _sweeps(cast, room.calendar.address)

    while await _sweeps(cast, room.calendar.address) < reads + 2:
        assert await cast.answers(ada, room.calendar) == ["accepted"]
    writes = await cast.calls(room.calendar, "POST", "PATCH", "DELETE")
    assert [call["path"].rsplit("/", 1)[-1] for call in writes] == ["accept"]


async def _sweeps(cast: Cast, address: str) -> int:
    found = await cast.control.get("/requests", mailbox=address)
    return sum(1 for call in found["requests"] if "calendarView" in call["path"])
