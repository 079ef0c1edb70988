"""A9, A11, B3, B4: only what the organizer meant is changed, and a changed pattern leaves nothing behind."""

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_series, answered, blocked, booked, cancelled, group_of, mailed, unblocked
from deploy.driver.mailbox import when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import weekly
from deploy.driver.slots import slot, weeks

SOON_S = 10.0
"""Less than an answer that was sent before is waited for; what is asked anew is answered at once."""


async def test_a11_this_and_following_moves_later_dates_and_keeps_the_bookings_of_earlier_ones(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 5)
    before = await booked(cast, room, *weeks(when, 5))
    follows = when.later(days=14, hours=3)

    new = await user.this_and_following(event, follows.start.date(), follows)

    await answered(user, new, room, "accepted")
    await answered(user, event, room, "accepted", within_s=SOON_S)
    now = await booked(cast, room, *weeks(when, 2), *weeks(follows, 3))
    assert [each["id"] for each in now[:2]] == [each["id"] for each in before[:2]]
    groups = {each["ical_uid"]: each["id"] for each in await _groups(cast, room)}
    assert [each["group_id"] for each in now] == [groups[event["iCalUId"]]] * 2 + [groups[new["iCalUId"]]] * 3
    await blocked(room, follows)
    await unblocked(room, when.later(days=14))


async def test_a11_a_room_that_is_taken_off_one_date_is_free_on_that_date_alone(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 4)
    second = (await user.occurrences(event))[1]

    await user.remove(second, room.calendar)

    await booked(cast, room, *weeks(when, 4, without=1))
    gone, group = await cancelled(cast, room), await group_of(cast, room)
    assert (gone["group_id"], gone["original_date"]) == (group["id"], f"{when.later(days=7).start:%Y-%m-%d}")
    assert (group["status"], group["is_complete"]) == ("confirmed", True)
    assert await user.answer_of(room.calendar, event) == "accepted"
    await unblocked(room, when.later(days=7))
    await blocked(room, when.later(days=14))
    await mailed(cast, user, room, ["accepted"])


async def test_a9_a_room_that_is_added_to_a_series_is_booked_for_its_dates_as_they_are(cast: Cast) -> None:
    first, second, when = await cast.room("first"), await cast.room("second"), slot()
    ada, event = await accepted_series(cast, first, when, 4)
    dates = await ada.occurrences(event)
    moved = when.later(days=7, hours=3)
    await ada.move(dates[1], moved)
    await ada.delete(dates[2])
    await booked(cast, first, when, moved, when.later(days=21))

    # The date that was moved is mailed by itself: one that arrives before its series is not on the room's calendar.
    async with cast.tenant.options(mail_delay=[0.2, 0.2]):
        await ada.add(event, second.calendar)
        await answered(ada, event, second, "accepted")

    for room in (first, second):
        await booked(cast, room, when, moved, when.later(days=21))
        assert await ada.answer_of(room.calendar, event) == "accepted"
        await blocked(room, moved)
        await unblocked(room, when.later(days=7))
    for each in await ada.occurrences(event):
        await answered(ada, each, second, "accepted")


@pytest.mark.parametrize("does", ["declines", "moves", "deletes"])
async def test_b3_what_an_attendee_does_to_one_date_changes_nothing_for_the_room(cast: Cast, does: str) -> None:
    room, when, ada, ben = await cast.room(), slot(), await cast.user("ada"), await cast.user("ben")
    three = weekly(when.start.date()).times(3)
    event = await ada.invite_series("Planning", when, three, room.calendar, people=[ben])
    await answered(ada, event, room, "accepted")
    first, second, third = weeks(when, 3)
    before = await booked(cast, room, first, second, third)

    date_of_ben = (await ben.occurrences(await _copy_of(ben, event)))[1]
    if does == "declines":
        await ben.decline(date_of_ben)
        await eventually(lambda: _has_declined(ada, event, ben))
    elif does == "moves":
        await ben.move(date_of_ben, second.later(hours=2))
    else:
        await ben.delete(date_of_ben)
    # What we hear of the series afterwards would tell us of Ben's date too.
    last = (await ada.occurrences(event))[2]
    await ada.move(last, third.later(hours=1))

    now = await booked(cast, room, first, second, third.later(hours=1))
    assert [each["version"] for each in now[:2]] == [each["version"] for each in before[:2]]
    await answered(ada, last, room, "accepted")
    for each in (await ada.occurrences(event))[:2]:
        assert await ada.answer_of(room.calendar, each) == "accepted"
    await blocked(room, second)
    await mailed(cast, ada, room, ["accepted", "accepted"])


@pytest.mark.parametrize("does", ["drags", "deletes"])
async def test_b3_one_date_changed_on_the_rooms_own_calendar_changes_no_other_and_not_the_meeting(
    cast: Cast, does: str
) -> None:
    room, when = await cast.room(), slot()
    ada, event = await accepted_series(cast, room, when, 3)
    first, second, third = weeks(when, 3)
    before = await booked(cast, room, first, second, third)
    [copy] = await room.calendar.copies(event["iCalUId"])
    shown = (await room.calendar.occurrences(copy))[1]
    dragged = second.later(hours=2)

    await (room.calendar.drag(shown, dragged) if does == "drags" else room.calendar.take_off(shown))

    now = await booked(cast, room, first, *([dragged] if does == "drags" else []), third)
    assert [(each["id"], each["version"]) for each in (now[0], now[-1])] == [
        (each["id"], each["version"]) for each in (before[0], before[-1])
    ]
    dates = await ada.occurrences(event)
    assert [when_of(each) for each in dates] == [first, second, third]
    for each in dates:
        assert await ada.answer_of(room.calendar, each) == "accepted"
    await mailed(cast, ada, room, ["accepted"])
    assert len(await cast.tenant.writes(room.calendar)) == 1


async def test_b4_a_series_that_is_dragged_to_another_day_takes_its_changed_dates_along(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 4)
    _, second, third, _ = await user.occurrences(event)
    moved = when.later(days=7, hours=3)
    await user.move(second, moved)
    await user.delete(third)
    await booked(cast, room, when, moved, when.later(days=21))
    dragged = when.later(days=1, hours=1)

    await user.reschedule(event, dragged, weekly(dragged.start.date()).times(4))

    await answered(user, event, room, "accepted")
    found = await booked(cast, room, *weeks(dragged, 4))
    group = await group_of(cast, room)
    assert {each["group_id"] for each in found} == {group["id"]}
    assert [each["original_date"] for each in found] == [f"{each.start:%Y-%m-%d}" for each in weeks(dragged, 4)]
    for old in (when, moved, when.later(days=14)):
        await unblocked(room, old)
    await blocked(room, dragged.later(days=14))


@pytest.mark.parametrize(("before", "after"), [(3, 6), (6, 3)], ids=["extended", "cut"])
async def test_b4_a_series_that_ends_on_another_day_has_the_dates_until_then(
    cast: Cast, before: int, after: int
) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, before)
    shown = await booked(cast, room, *weeks(when, before))

    await user.end_series(event, weeks(when, after)[-1].start.date())

    await answered(user, event, room, "accepted", within_s=SOON_S)
    found = await booked(cast, room, *weeks(when, after))
    kept = min(before, after)
    assert [each["id"] for each in found[:kept]] == [each["id"] for each in shown[:kept]]
    assert (await group_of(cast, room))["recurrence"]["range"]["type"] == "endDate"
    await blocked(room, weeks(when, after)[-1])
    await (blocked if after > before else unblocked)(room, weeks(when, 6)[-1])
    await unblocked(room, when.later(days=7 * 6))


async def _groups(cast: Cast, room: BookableRoom) -> list[Json]:
    found: list[Json] = (await cast.administrator.api.get("/v1/reservation-groups", space_id=room.space["id"]))["items"]
    return found


async def _copy_of(user: OutlookUser, event: Json) -> Json:
    """Wait until an invitation has reached somebody, and return their copy."""

    async def look() -> Json:
        found = await user.copies(event["iCalUId"])
        expect(len(found) == 1, f"{user.name} has {len(found)} copies")
        return found[0]

    return await eventually(look)


async def _has_declined(organizer: OutlookUser, event: Json, user: OutlookUser) -> None:
    second = (await organizer.occurrences(event))[1]
    shown = await organizer.answer_of(user, second)
    expect(shown == "declined", f"{user.name} is shown as {shown}")
