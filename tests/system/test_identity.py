"""B1, B2, B19, B29, B32: ids differ per mailbox and change, and rooms rewrite what they are sent."""

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually, throughout
from deploy.driver.looks import accepted_meeting, answered, answered_once, blocked, booked, mailed, unblocked
from deploy.driver.slots import slot


async def test_b1_one_meeting_in_two_rooms_is_one_reservation_in_each(cast: Cast) -> None:
    first, second = await cast.room("first"), await cast.room("second")
    ada, when = await cast.user("ada"), slot()
    guests = [await cast.user("ben"), await cast.user("cleo")]

    event = await ada.invite("Planning", when, first.calendar, second.calendar, people=guests)

    for room in (first, second):
        await answered(ada, event, room, "accepted")
        [reservation] = await booked(cast, room, when)
        assert reservation["outlook"]["ical_uid"] == event["iCalUId"]
        await mailed(cast, ada, room, ["accepted"])
    copies = [await mailbox.copies(event["iCalUId"]) for mailbox in (ada, *guests, first.calendar, second.calendar)]
    assert len({copy["id"] for found in copies for copy in found}) == 5


async def test_b2_a_room_is_written_to_by_its_own_id(cast: Cast) -> None:
    first, second = await cast.room("first"), await cast.room("second")
    ada, when = await cast.user(), slot()
    event = await ada.invite("Planning", when, first.calendar, second.calendar)
    await answered(ada, event, first, "accepted")
    await answered(ada, event, second, "accepted")
    [reservation] = await booked(cast, first, when)

    await cast.administrator.cancel(reservation, "The projector is broken.")

    await answered(ada, event, first, "declined")
    await booked(cast, first)
    await unblocked(first, when)
    await booked(cast, second, when)
    await blocked(second, when)
    await mailed(cast, ada, second, ["accepted"])
    [_, mail] = await mailed(cast, ada, first, ["accepted", "declined"])
    assert "The projector is broken." in mail["comment"]
    assert all(call["status"] < 400 for call in await cast.tenant.writes(second.calendar))


async def test_b2_an_id_that_is_not_found_is_looked_up_again(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    lost = {
        "match": {"method": "POST", "path": "/accept", "mailbox": room.calendar.address},
        "effect": {"status": 404, "code": "ErrorItemNotFound"},
        "times": 1,
    }
    async with cast.tenant.faults(lost):
        event = await ada.invite("Planning", when, room.calendar)

        await answered(ada, event, room, "accepted", within_s=40)
    await booked(cast, room, when)
    assert len(await cast.tenant.calls(room.calendar, "POST")) == 2


async def test_b19_a_room_that_rewrites_the_meeting_is_not_answered_again(cast: Cast) -> None:
    settings = {"automate": "AutoUpdate", "delete_subject": True, "add_organizer_to_subject": True}
    room = await cast.room(processing=settings)
    ada, when = await cast.user(), slot()

    event = await ada.invite("Planning", when, room.calendar)

    await answered(ada, event, room, "accepted")
    await booked(cast, room, when)
    await answered_once(cast, ada, room, seconds=3)
    assert (await ada.event(event))["subject"] == "Planning"


async def test_b29_an_edit_after_a_decline_is_a_new_invitation(cast: Cast) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    taken, free = slot(hour=9), slot(hour=14)
    await accepted_meeting(ada, room, taken)
    event = await ben.invite("Interview", taken, room.calendar)
    await answered(ben, event, room, "declined")

    async def no_copy_left() -> None:
        assert await room.calendar.copies(event["iCalUId"]) == []

    await eventually(no_copy_left)

    await ben.move(event, free)

    await answered(ben, event, room, "accepted")
    await booked(cast, room, taken, free)
    await mailed(cast, ben, room, ["declined", "accepted"])
    assert len(await room.calendar.copies(event["iCalUId"])) == 1


async def test_b32_an_accept_that_changes_the_id_keeps_the_reservation(cast: Cast) -> None:
    room, ada, when, later = await cast.room(), await cast.user(), slot(hour=9), slot(hour=14)
    await cast.tenant.change_mailbox(room.calendar, new_id_on_accept=True)

    event = await ada.invite("Planning", when, room.calendar)

    await answered(ada, event, room, "accepted")
    [reservation] = await booked(cast, room, when)

    async def it_stays() -> None:
        assert [each["id"] for each in await booked(cast, room, when)] == [reservation["id"]]
        assert await cast.tenant.answers(ada, room.calendar) in ([], ["accepted"])

    await throughout(it_stays, seconds=2)
    await ada.move(event, later)
    await answered(ada, event, room, "accepted")
    assert [each["id"] for each in await booked(cast, room, later)] == [reservation["id"]]
