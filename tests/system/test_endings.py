"""A8, A9: a meeting ends, or rooms come and go."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed, unblocked
from deploy.driver.slots import slot


@pytest.mark.parametrize("way", ["cancel", "delete"])
async def test_a8_a_cancelled_or_deleted_meeting_frees_the_room(cast: Cast, way: str) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await accepted_meeting(ada, room, when)

    await (ada.cancel(event) if way == "cancel" else ada.delete(event))

    await booked(cast, room)
    [reservation] = await cast.administrator.reservations(room.space)
    assert reservation["status"] == "cancelled"
    await unblocked(room, when)
    assert await cast.administrator.is_free(room.space, when)
    await mailed(cast, ada, room, ["accepted"])


async def test_a8_a_freed_slot_can_be_booked_again(cast: Cast) -> None:
    room, ada, ben, when = await cast.room(), await cast.user("ada"), await cast.user("ben"), slot()
    event = await accepted_meeting(ada, room, when)
    await ada.cancel(event)
    await booked(cast, room)

    again = await ben.invite("Interview", when, room.calendar)

    await answered(ben, again, room, "accepted")
    [reservation] = await booked(cast, room, when)
    assert reservation["organizer"]["email"] == ben.address


async def test_a9_a_room_added_later_is_reserved(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await ada.invite("Planning", when)

    await ada.add(event, room.calendar)

    await answered(ada, event, room, "accepted")
    await booked(cast, room, when)
    await blocked(room, when)


async def test_a9_a_removed_room_is_free_again(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await accepted_meeting(ada, room, when)

    await ada.remove(event, room.calendar)

    await booked(cast, room)
    await unblocked(room, when)
    await mailed(cast, ada, room, ["accepted"])


async def test_a9_a_swapped_room_is_freed_and_the_other_one_reserved(cast: Cast) -> None:
    old, new, ada, when = await cast.room("old"), await cast.room("new"), await cast.user(), slot()
    event = await accepted_meeting(ada, old, when)

    await ada.remove(event, old.calendar, put_in=new.calendar)

    await answered(ada, event, new, "accepted")
    await booked(cast, old)
    await booked(cast, new, when)
    await unblocked(old, when)
    await blocked(new, when)


async def test_a9_one_of_two_rooms_may_be_taken(cast: Cast) -> None:
    free, taken = await cast.room("free"), await cast.room("taken")
    ada, ben, when = await cast.user("ada"), await cast.user("ben"), slot()
    await accepted_meeting(ada, taken, when)

    event = await ben.invite("Interview", when, free.calendar, taken.calendar)

    await answered(ben, event, free, "accepted")
    await answered(ben, event, taken, "declined")
    await booked(cast, free, when)
    [reservation] = await booked(cast, taken, when)
    assert reservation["organizer"]["email"] == ada.address
    await mailed(cast, ben, free, ["accepted"])
    await mailed(cast, ben, taken, ["declined"])
