"""A8, A9: a meeting ends, or rooms come and go."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.slots import slot
from tests.system.looks import answered, blocked, booked, mailed, unblocked


@pytest.mark.parametrize("way", ["cancel", "delete"])
async def test_a8_a_cancelled_or_deleted_meeting_frees_the_room(cast: Cast, way: str) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "accepted")

    await (ada.cancel(event) if way == "cancel" else ada.delete(event))

    await booked(cast.administrator, room)
    [reservation] = await cast.administrator.reservations(room.space)
    assert reservation["status"] == "cancelled"
    await unblocked(room, when)
    assert await cast.administrator.is_free(room.space, when)
    await mailed(cast, ada, room, ["accepted"])


async def test_a8_a_freed_slot_can_be_booked_again(cast: Cast) -> None:
    room, ada, ben, when = await cast.room(), await cast.user("ada"), await cast.user("ben"), slot()
    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "accepted")
    await ada.cancel(event)
    await booked(cast.administrator, room)

    again = await ben.invite("Interview", when, room.calendar)

    await answered(ben, again, room, "accepted")
    [reservation] = await booked(cast.administrator, room, when)
    assert reservation["organizer"]["email"] == ben.address


async def test_a9_a_room_added_later_is_reserved(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await ada.invite("Planning", when)

    await ada.add(event, room.calendar)

    await answered(ada, event, room, "accepted")
    await booked(cast.administrator, room, when)
    await blocked(room, when)


async def test_a9_a_removed_room_is_free_again(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "accepted")

    await ada.remove(event, room.calendar)

    await booked(cast.administrator, room)
    await unblocked(room, when)
    await mailed(cast, ada, room, ["accepted"])


async def test_a9_a_swapped_room_is_freed_and_the_other_one_reserved(cast: Cast) -> None:
    old, new, ada, when = await cast.room("old"), await cast.room("new"), await cast.user(), slot()
    event = await ada.invite("Planning", when, old.calendar)
    await answered(ada, event, old, "accepted")

    await ada.remove(event, old.calendar, put_in=new.calendar)

    await answered(ada, event, new, "accepted")
    await booked(cast.administrator, old)
    await booked(cast.administrator, new, when)
    await unblocked(old, when)
    await blocked(new, when)


async def test_a9_one_of_two_rooms_may_be_taken(cast: Cast) -> None:
    free, taken = await cast.room("free"), await cast.room("taken")
    ada, ben, when = await cast.user("ada"), await cast.user("ben"), slot()
    await answered(ada, await ada.invite("Planning", when, taken.calendar), taken, "accepted")

    event = await ben.invite("Interview", when, free.calendar, taken.calendar)

    await answered(ben, event, free, "accepted")
    await answered(ben, event, taken, "declined")
    await booked(cast.administrator, free, when)
    [reservation] = await booked(cast.administrator, taken, when)
    assert reservation["organizer"]["email"] == ada.address

    async def each_answered_once() -> None:
        assert await cast.answers(ben, free.calendar) == ["accepted"]
        assert await cast.answers(ben, taken.calendar) == ["declined"]

    await eventually(each_answered_once)
