"""B16: single dates that cannot be as asked for, and those at the edges of a series: past its end, over, under way."""

from datetime import UTC, datetime

import pytest

from deploy.driver.cast import Cast
from deploy.driver.http import RequestRefused
from deploy.driver.looks import (
    accepted_meeting,
    accepted_series,
    answered,
    blocked,
    booked,
    group_of,
    mailed,
    unblocked,
)
from deploy.driver.mailbox import attendee
from deploy.driver.recurrences import daily, weekly
from deploy.driver.slots import slot, weeks


async def test_a_date_that_outlook_does_not_let_pass_its_neighbour_stays_where_it_is(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 3)
    second = (await user.occurrences(event))[1]

    with pytest.raises(RequestRefused) as refusal:
        await user.move(second, when.later(days=15))

    assert refusal.value.body["error"]["code"] == "ErrorOccurrenceCrossingBoundary"
    just_before = when.later(days=13)
    await user.move(second, just_before)
    found = await booked(cast, room, when, just_before, when.later(days=14))
    assert [each["original_date"] for each in found] == [f"{each.start:%Y-%m-%d}" for each in weeks(when, 3)]
    await answered(user, second, room, "accepted")
    assert await user.answer_of(room.calendar, event) == "accepted"


async def test_a_last_date_that_is_moved_past_the_end_of_its_series_is_booked_there_until_it_is_cut(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user("ada"), slot()
    last = weeks(when, 3)[-1]
    until = weekly(when.start.date()).until(last.start.date())
    event = await ada.invite_series("Planning", when, until, room.calendar)
    await answered(ada, event, room, "accepted")
    await booked(cast, room, *weeks(when, 3))
    beyond = last.later(days=5)

    await ada.move((await ada.occurrences(event))[2], beyond)

    await booked(cast, room, *weeks(when, 2), beyond)
    await unblocked(room, last)
    await blocked(room, beyond)
    assert (await group_of(cast, room))["is_complete"] is True

    await ada.end_series(event, when.later(days=7).start.date())

    await booked(cast, room, *weeks(when, 2))
    await unblocked(room, beyond)
    await answered(ada, event, room, "accepted")


async def test_b16_one_date_made_longer_into_the_next_meeting_keeps_its_time(cast: Cast) -> None:
    room, ben, when = await cast.room(), await cast.user("ben"), slot()
    taken = when.later(days=7, hours=1)
    await accepted_meeting(ben, room, taken, "Board")
    ada, event = await accepted_series(cast, room, when, 3, other=taken)
    second = (await ada.occurrences(event))[1]

    await ada.move(second, when.later(days=7).longer(minutes=30))

    await answered(ada, second, room, "tentativelyAccepted")
    _, kept, _, _ = found = await booked(cast, room, *weeks(when, 3), taken)
    assert [each["refused_request"] is None for each in found] == [True, False, True, True]
    assert [reason["rule"] for reason in kept["refused_request"]["reasons"]] == ["availability"]
    assert await ada.answer_of(room.calendar, event) == "accepted"
    await blocked(room, when.later(days=7))


async def test_a_date_with_more_people_than_the_room_holds_keeps_the_room_for_those_who_did(cast: Cast) -> None:
    room, when = await cast.room(capacity=2), slot()
    ada, event = await accepted_series(cast, room, when, 3)
    second = (await ada.occurrences(event))[1]
    guests = [await cast.user(f"guest {number}") for number in range(2)]
    invited = [*(await ada.event(second))["attendees"], *(attendee(guest, "required") for guest in guests)]

    # Only with another place too is everybody told who else was invited.
    await ada.change(second, attendees=invited, location={"displayName": "The larger table"})

    await answered(ada, second, room, "tentativelyAccepted")
    found = await booked(cast, room, *weeks(when, 3))
    assert [each["attendee_count"] for each in found] == [1, 1, 1]
    [refused] = [each["refused_request"] for each in found if each["refused_request"] is not None]
    assert refused["attendee_count"] == 3
    [reason] = refused["reasons"]
    assert (reason["rule"], reason["limit"], reason["actual"]) == ("capacity", "2", "3")
    for each in (await ada.occurrences(event))[::2]:
        assert await ada.answer_of(room.calendar, each) == "accepted"


async def test_of_a_series_that_began_in_the_past_the_dates_to_come_are_booked_and_answered(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    first = slot(days=-20)

    event = await ada.invite_series("Planning", first, weekly(first.start.date()).times(6), room.calendar)

    await answered(ada, event, room, "accepted")
    found = await booked(cast, room, *weeks(slot(days=1), 3))
    # Compared by id: what Outlook is known to show of each may still be on its way.
    known = await cast.administrator.reservations(room.space)
    assert [each["id"] for each in known] == [each["id"] for each in found]
    [mail] = await mailed(cast, ada, room, ["accepted"])
    assert "on 3 dates" in mail["comment"], mail
    assert (await group_of(cast, room))["is_complete"] is True


async def test_a_series_that_is_over_is_left_unanswered(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    past = slot(days=-20)
    over = await ada.invite_series("Planning", past, weekly(past.start.date()).times(2), room.calendar)

    coming = await ada.invite_series("Planning", slot(), daily(slot().start.date()).times(2), room.calendar)

    await answered(ada, coming, room, "accepted")
    assert await ada.answer_of(room.calendar, over) == "none"
    await booked(cast, room, slot(), slot(days=2))
    assert [each["group_id"] for each in await cast.administrator.reservations(room.space)] == [
        (await group_of(cast, room))["id"]
    ] * 2
    await mailed(cast, ada, room, ["accepted"])


async def test_a_series_of_which_one_date_is_under_way_is_cut_to_that_date(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    running = slot(days=0, hour=now.hour, minutes=180)
    event = await ada.invite_series("Planning", running, weekly(now.date()).times(3), room.calendar)
    await answered(ada, event, room, "accepted")
    await booked(cast, room, *weeks(running, 3))

    await ada.end_series(event, now.date())

    await booked(cast, room, running)
    await answered(ada, event, room, "accepted")
    await unblocked(room, running.later(days=7))
