"""A1, A2, A15: a room is invited."""

import asyncio

import pytest

from deploy.driver.cast import Cast
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, all_answered, answered, blocked, booked, declined, mailed
from deploy.driver.slots import Slot, slot


async def test_a1_a_room_invited_to_a_free_slot_is_confirmed(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user()
    when = slot()

    event = await ada.invite("Planning", when, room.calendar)

    await answered(ada, event, room, "accepted")
    [reservation] = await booked(cast, room, when)
    assert reservation["origin"] == "outlook"
    assert reservation["title"] == "Planning"
    assert reservation["organizer"]["email"] == ada.address
    assert reservation["outlook"]["ical_uid"] == event["iCalUId"]
    await blocked(room, when)
    await mailed(cast, ada, room, ["accepted"])
    assert not await cast.administrator.is_free(room.space, when)


async def test_a2_a_room_invited_to_a_taken_slot_is_declined_with_the_reason(cast: Cast) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    when = slot()
    first = await accepted_meeting(ada, room, when)

    second = await ben.invite("Interview", when.later(minutes=30), room.calendar)

    await answered(ben, second, room, "declined")
    [mail] = await mailed(cast, ben, room, ["declined"])
    assert f"{when.start:%H:%M}" in mail["comment"], mail
    await booked(cast, room, when)
    refused = await declined(cast, room)
    assert [reason["rule"] for reason in refused["decision"]["reasons"]] == ["availability"]
    assert await ada.answer_of(room.calendar, first) == "accepted"
    await mailed(cast, ada, room, ["accepted"])


async def test_a2_adjacent_meetings_do_not_conflict(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user()
    first, second = slot(hour=9), slot(hour=10)

    events = [await ada.invite("Early", first, room.calendar), await ada.invite("Late", second, room.calendar)]

    for event in events:
        await answered(ada, event, room, "accepted")
    await booked(cast, room, first, second)


@pytest.mark.parametrize("contenders", [2, 50])
async def test_a15_of_many_who_want_one_slot_one_gets_it(cast: Cast, contenders: int) -> None:
    room = await cast.room()
    users = [await cast.user(f"user {number}") for number in range(contenders)]
    when = slot()

    events = await asyncio.gather(*(user.invite("Mine", when, room.calendar) for user in users))

    answers = await all_answered(users, events, room, within_s=20 + contenders)
    assert sorted(answers) == ["accepted"] + ["declined"] * (contenders - 1)
    [reservation] = await booked(cast, room, when)
    winner = users[answers.index("accepted")]
    assert reservation["organizer"]["email"] == winner.address
    for user in users:
        await mailed(cast, user, room, ["accepted" if user is winner else "declined"])


async def test_a_meeting_made_in_place_of_a_deleted_one_is_accepted_every_time(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user()
    slots = [slot(hour=hour, days=days) for days in range(2, 7) for hour in (9, 11, 13, 15)]
    old = await asyncio.gather(*(ada.invite("Planning", when, room.calendar) for when in slots))
    for event in old:
        await answered(ada, event, room, "accepted")

    async def replace(event: Json, when: Slot) -> Json:
        await ada.delete(event)
        return await ada.invite("Planning, anew", when, room.calendar)

    fresh = await asyncio.gather(*(replace(event, when) for event, when in zip(old, slots, strict=True)))

    assert await all_answered([ada] * len(fresh), fresh, room, within_s=60) == ["accepted"] * len(fresh)
    reserved = await booked(cast, room, *slots)
    assert {each["outlook"]["ical_uid"] for each in reserved} == {each["iCalUId"] for each in fresh}
