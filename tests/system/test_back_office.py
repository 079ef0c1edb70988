"""A4, A5: an administrator reserves a room, and Outlook follows."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.http import RequestRefused
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, unblocked
from deploy.driver.mailbox import when_of
from deploy.driver.slots import slot


async def test_a4_a_reservation_makes_the_room_busy_in_outlook(cast: Cast) -> None:
    room, when = await cast.room(), slot()

    reservation = await cast.administrator.reserve(room.space, when, "Board meeting")

    await blocked(room, when, within_s=10)
    [hold] = await room.calendar.day(when)
    assert (when_of(hold), hold["showAs"], hold["attendees"]) == (when, "busy", [])
    assert not hold["isReminderOn"]
    await _in_sync(cast, reservation)
    assert await cast.tenant.mails_to(room.calendar) == []


async def test_a4_what_stands_on_the_room_calendar_beside_a_reservation_cannot_be_booked_over(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot(hour=10)
    before, both = when.later(hours=-1), slot(hour=9, minutes=120)
    await cast.administrator.reserve(room.space, when, "Board meeting")
    await blocked(room, when)

    painting = await room.calendar.put("Painting", both)
    found = await booked(cast, room, both, when)

    assert [each["yields"] for each in found] == [True, False]
    with pytest.raises(RequestRefused) as refusal:
        await cast.administrator.reserve(room.space, before, "Board meeting")
    assert [reason["rule"] for reason in refusal.value.body["reasons"]] == ["availability"]
    assert not await cast.administrator.is_free(room.space, before)
    event = await ada.invite("Planning", before, room.calendar)
    await answered(ada, event, room, "declined")

    await room.calendar.take_off(painting)
    await booked(cast, room, when)
    assert await cast.administrator.is_free(room.space, before)


async def test_a4_an_invitation_to_a_reserved_time_is_declined(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    await cast.administrator.reserve(room.space, when, "Board meeting")

    event = await ada.invite("Planning", when, room.calendar)

    await answered(ada, event, room, "declined")
    await booked(cast, room, when)


async def test_a4_a_reservation_over_a_meeting_is_refused_with_the_reason(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    await accepted_meeting(ada, room, when)

    with pytest.raises(RequestRefused) as refusal:
        await cast.administrator.reserve(room.space, when, "Board meeting")

    assert refusal.value.status == 409
    assert [reason["rule"] for reason in refusal.value.body["reasons"]] == ["availability"]
    await booked(cast, room, when)
    assert len(await room.calendar.day(when)) == 1


async def test_a5_a_moved_reservation_moves_in_outlook(cast: Cast) -> None:
    room, when = await cast.room(), slot(hour=9)
    reservation = await cast.administrator.reserve(room.space, when, "Board meeting")
    await blocked(room, when)
    later = slot(hour=13, minutes=90)

    await cast.administrator.move(reservation, later)

    await blocked(room, later)
    await unblocked(room, when)
    [hold] = await room.calendar.day(when)
    assert when_of(hold) == later
    await booked(cast, room, later)
    await _in_sync(cast, reservation)


async def test_a5_a_cancelled_reservation_frees_the_room_in_outlook(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    reservation = await cast.administrator.reserve(room.space, when, "Board meeting")
    await blocked(room, when)

    await cast.administrator.cancel(reservation)

    await unblocked(room, when)
    assert await room.calendar.day(when) == []
    assert (await cast.administrator.reservation(reservation))["status"] == "cancelled"
    assert await cast.administrator.is_free(room.space, when)
    assert await cast.tenant.mails_to(room.calendar) == []


async def _in_sync(cast: Cast, reservation: dict[str, object]) -> None:
    async def look() -> None:
        assert (await cast.administrator.reservation(reservation))["outlook"]["state"] == "in_sync"

    await eventually(look)
