"""A calendar that is emptied in silence stops at a brake, until an administrator confirms what is gone."""

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import accepted_meeting, booked
from deploy.driver.slots import Slot, slot
from deploy.local.stack import LocalStack
from tests.support.stacks import UNTIL_SWEPT_S
from tests.system.logged import lines

MEETINGS = 6
WITHIN_S = UNTIL_SWEPT_S + 20


async def braked(cast: Cast, room: BookableRoom, cancellations: int) -> Json:
    """Wait until so many cancellations of a room wait, and return the brake."""

    async def look() -> Json:
        found = await cast.administrator.brakes(room.space)
        expect([each["cancellations"] for each in found] == [cancellations], found)
        return found[0]

    return await eventually(look, within_s=WITHIN_S)


async def empty(cast: Cast, room: BookableRoom, day: Slot) -> None:
    """Take all off the calendar of a room. No comparison sees a part of it: one that lists it meanwhile has to wait."""
    events = await room.calendar.day(day)
    listed = {"method": "GET", "path": "/calendarView", "mailbox": room.calendar.address}
    async with cast.tenant.faults({"match": listed, "effect": {"delay_ms": 3000}}):
        for event in events:
            await room.calendar.take_off(event)


@pytest.mark.timeout(240)
async def test_an_emptied_calendar_cancels_nothing_until_what_is_gone_was_confirmed(
    swept_cast: Cast, sweeping_stack: LocalStack
) -> None:
    cast = swept_cast
    room, ada = await cast.room(), await cast.user("ada")
    times = [slot(hour=8 + hour) for hour in range(MEETINGS)]
    for when in times:
        await accepted_meeting(ada, room, when)
    await booked(cast, room, *times)
    async with cast.tenant.delivery(silence=True):
        await empty(cast, room, times[0])

        brake = await braked(cast, room, MEETINGS)
        with pytest.raises(RequestRefused) as refused:
            await cast.administrator.confirm_brake(brake, cancellations=MEETINGS - 1)
        kept = await booked(cast, room, *times)
        await cast.administrator.confirm_brake(brake)
        await booked(cast, room, within_s=WITHIN_S)

    assert refused.value.status == 409
    ended = [await cast.administrator.reservation(each) for each in kept]
    assert [each["status"] for each in ended] == ["cancelled"] * MEETINGS
    assert await cast.administrator.brakes(room.space) == []
    swept = {"event": "room.swept", "space_id": room.space["id"], "asked_because": "cancellations_confirmed"}
    assert any(swept.items() <= line.items() for line in lines(sweeping_stack))
    told = {"space_id": room.space["id"], "seen": str(MEETINGS), "confirmed": str(MEETINGS)}
    assert any(told.items() <= line.items() for line in lines(sweeping_stack))
