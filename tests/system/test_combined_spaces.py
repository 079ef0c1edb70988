"""C18, C19: rooms that need time before and after each meeting, and a hall that divides into rooms."""

import asyncio
from dataclasses import dataclass

import pytest

from deploy.driver.administrator import stretches
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import RequestRefused
from deploy.driver.looks import accepted_meeting, all_answered, answered, booked, cancelled, declined, mailed
from deploy.driver.slots import Slot, slot

MORNING = slot(hour=6, minutes=6 * 60)


@dataclass(frozen=True)
class Hall:
    """A hall that divides into two rooms, each with a mailbox of its own, as the hall has one."""

    left: BookableRoom
    right: BookableRoom
    whole: BookableRoom


async def divisible_hall(cast: Cast, **fields: object) -> Hall:
    left, right = await cast.room("left", capacity=4), await cast.room("right", capacity=4)
    parts = [left.space["id"], right.space["id"]]
    whole = await cast.mapped(await cast.room_mailbox("hall"), "hall", parts=parts, **fields)
    return Hall(left, right, whole)


async def refused(cast: Cast, room: BookableRoom, when: Slot, *, why: str = "It is taken by Ada") -> None:
    """Invite a room, wait for its decline, and check that the organizer and the ledger were told why."""
    organizer = await cast.user()
    event = await organizer.invite("Interview", when, room.calendar)
    await answered(organizer, event, room, "declined")
    [mail] = await mailed(cast, organizer, room, ["declined"])
    assert "could not be booked" in mail["comment"], mail
    assert "It is taken by Ada" in mail["comment"], mail
    assert why in mail["comment"], mail
    reasons = (await declined(cast, room))["decision"]["reasons"]
    assert [reason["rule"] for reason in reasons] == ["availability"]


@pytest.mark.parametrize("first", ["left", "right"])
async def test_c19_a_meeting_in_a_part_has_the_whole_declined_at_that_time(cast: Cast, first: str) -> None:
    hall, ada, when = await divisible_hall(cast), await cast.user("ada"), slot()
    part: BookableRoom = getattr(hall, first)
    event = await accepted_meeting(ada, part, when)

    await refused(cast, hall.whole, when.later(minutes=30))

    assert await ada.answer_of(part.calendar, event) == "accepted"
    await booked(cast, part, when)
    await booked(cast, hall.whole)


async def test_c19_a_meeting_in_the_whole_has_each_part_declined_and_shown_as_busy(cast: Cast) -> None:
    hall, ada, when = await divisible_hall(cast), await cast.user("ada"), slot()
    event = await accepted_meeting(ada, hall.whole, when)

    for part in (hall.left, hall.right):
        await refused(cast, part, when)
        shown = await cast.administrator.availability(part.space, MORNING)
        assert stretches(shown["busy"]) == [when]
        with pytest.raises(RequestRefused) as error:
            await cast.administrator.reserve(part.space, when, "Board")
        assert error.value.status == 409

    assert await ada.answer_of(hall.whole.calendar, event) == "accepted"


async def test_c19_the_parts_are_free_again_when_the_meeting_in_the_whole_is_cancelled(cast: Cast) -> None:
    hall, ada, ben, when = await divisible_hall(cast), await cast.user("ada"), await cast.user("ben"), slot()
    event = await accepted_meeting(ada, hall.whole, when)

    await ada.cancel(event)
    await cancelled(cast, hall.whole)

    for part in (hall.left, hall.right):
        await accepted_meeting(ben, part, when)


async def test_c19_of_the_whole_and_its_parts_invited_at_once_never_both_are_booked(cast: Cast) -> None:
    hall, when = await divisible_hall(cast), slot()
    rooms = [hall.whole, hall.left, hall.right]
    users = [await cast.user(f"user {number}") for number, _ in enumerate(rooms)]

    events = await asyncio.gather(
        *(user.invite("Mine", when, room.calendar) for user, room in zip(users, rooms, strict=True))
    )

    answers = [
        (await all_answered([user], [event], room))[0] for user, event, room in zip(users, events, rooms, strict=True)
    ]
    assert answers in (["accepted", "declined", "declined"], ["declined", "accepted", "accepted"])


async def test_c18_a_buffer_has_an_adjacent_invitation_declined_and_is_shown_as_one(cast: Cast) -> None:
    calendar, when = await cast.room_mailbox(), slot(hour=9)
    room = await cast.mapped(calendar, "room", setup_minutes=15, cleanup_minutes=30)
    ada, ben = await cast.user("ada"), await cast.user("ben")
    await accepted_meeting(ada, room, when)

    await refused(cast, room, when.later(hours=1), why="this room needs 45 minutes between two bookings")

    shown = await cast.administrator.availability(room.space, MORNING)
    before, after = Slot(slot(hour=8).start.replace(minute=45), when.start), Slot(when.end, when.end.replace(minute=30))
    assert stretches(shown["busy"]) == [Slot(before.start, after.end)]
    assert stretches(shown["buffers"]) == [before, after]
    assert (shown["setup_minutes"], shown["cleanup_minutes"]) == (15, 30)
    _, free = stretches(shown["free"])
    late = Slot(free.start, when.later(hours=2).end)
    assert late.start == when.later(minutes=105).start
    await accepted_meeting(ben, room, late)


async def test_c18_the_buffer_of_a_hall_has_an_adjacent_invitation_to_its_part_declined(cast: Cast) -> None:
    hall, ada, when = await divisible_hall(cast, cleanup_minutes=30), await cast.user("ada"), slot()
    await accepted_meeting(ada, hall.whole, when)

    await refused(cast, hall.left, when.later(hours=1), why="this room needs 30 minutes between two bookings")
    await accepted_meeting(ada, hall.right, when.later(minutes=90))
