"""B25, C3, A15: long, endless and many series cost few calls, and everybody is told until when they are booked."""

import asyncio
from datetime import datetime

import pytest

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import all_answered, answered, booked, group_of, mailed
from deploy.driver.recurrences import OutlookRecurrence, daily, weekly
from deploy.driver.slots import slot, weeks

MOST = 150
"""Occurrences of one series that are booked, unless a setting says otherwise."""

MOST_READS_OF_A_SERIES = 20
"""Two calls for each notification of its coming and of its answer, and some for the answer and a sweep meanwhile."""


async def test_b25_five_endless_daily_series_of_one_room_are_answered_with_few_calls(cast: Cast) -> None:
    room, users = await cast.room(), [await cast.user(f"user {number}") for number in range(5)]
    hours = [slot(hour=8 + number) for number in range(5)]
    forever = daily(hours[0].start.date())

    events = [
        await user.invite_series("Planning", when, forever, room.calendar)
        for user, when in zip(users, hours, strict=True)
    ]

    assert await all_answered(users, events, room, within_s=60) == ["accepted"] * 5
    found = await _eventually_confirmed(cast, room, 5 * MOST)
    assert {(window_of(each).start.hour, each["group_id"] is not None) for each in found} == {
        (8 + number, True) for number in range(5)
    }
    assert len({each["group_id"] for each in found}) == 5
    await eventually(lambda: _is_quiet(cast))
    writes = await cast.tenant.writes(room.calendar)
    assert [call["path"].rsplit("/", 1)[-1] for call in writes] == ["accept"] * 5
    reads = await cast.tenant.calls(room.calendar, "GET")
    assert len(reads) <= 5 * MOST_READS_OF_A_SERIES, [call["path"] for call in reads]
    for user in users:
        await mailed(cast, user, room, ["accepted"])


@pytest.mark.parametrize(
    "recurrence",
    [
        daily(slot().start.date()).times(MOST + 1),
        daily(slot().start.date()).times(999),
        daily(slot().start.date()).until(slot(days=1200).start.date()),
        daily(slot().start.date()),
    ],
    ids=["one more than the limit", "999 times", "more than 999 until a day", "without an end"],
)
async def test_c3_a_series_of_more_dates_than_the_limit_says_until_when_it_is_booked(
    cast: Cast, recurrence: OutlookRecurrence
) -> None:
    room, ada = await cast.room(), await cast.user("ada")

    event = await ada.invite_series("Planning", slot(), recurrence, room.calendar)

    await answered(ada, event, room, "accepted")
    found = await _eventually_confirmed(cast, room, MOST)
    assert window_of(found[-1]) == slot().later(days=MOST - 1)
    group = await group_of(cast, room)
    assert (group["is_complete"], group["recurrence"]["range"]["type"]) == (False, recurrence.body["range"]["type"])
    until = datetime.fromisoformat(group["materialised_until"])
    assert until == slot().later(days=MOST).start
    [mail] = await mailed(cast, ada, room, ["accepted"])
    assert f"on {MOST} dates" in mail["comment"], mail
    assert f"It is booked until {until:%a %d %b %Y} for now" in mail["comment"], mail


async def test_c3_an_endless_series_that_is_given_an_end_is_complete(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    forever = weekly(slot().start.date())
    event = await ada.invite_series("Planning", slot(), forever, room.calendar)
    await answered(ada, event, room, "accepted")
    assert (await group_of(cast, room))["is_complete"] is False

    await ada.repeat(event, forever.times(4))

    await booked(cast, room, *weeks(slot(), 4))
    group = await group_of(cast, room)
    assert (group["is_complete"], group["materialised_until"]) == (True, None)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "accepted"])
    assert "booked until" not in mail["comment"], mail


async def test_c3_a_series_of_exactly_as_many_dates_as_the_limit_is_complete(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")

    event = await ada.invite_series("Planning", slot(), daily(slot().start.date()).times(MOST), room.calendar)

    await answered(ada, event, room, "accepted")
    await _eventually_confirmed(cast, room, MOST)
    group = await group_of(cast, room)
    assert (group["is_complete"], group["materialised_until"]) == (True, None)
    [mail] = await mailed(cast, ada, room, ["accepted"])
    assert "booked until" not in mail["comment"], mail


async def test_outlook_itself_refuses_more_than_999_times_and_the_room_hears_nothing(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")

    with pytest.raises(RequestRefused) as refusal:
        await ada.invite_series("Planning", slot(), daily(slot().start.date()).times(1000), room.calendar)

    assert refusal.value.status == 400
    assert await room.calendar.day(slot()) == []


async def test_a15_of_ten_series_at_once_two_for_each_time_one_of_each_two_is_booked(cast: Cast) -> None:
    room, users = await cast.room(), [await cast.user(f"user {number}") for number in range(10)]
    hours = [slot(hour=8 + number % 5) for number in range(10)]
    four = daily(slot().start.date(), every=7).times(4)

    events = await asyncio.gather(
        *(user.invite_series("Planning", when, four, room.calendar) for user, when in zip(users, hours, strict=True))
    )

    answers = await all_answered(users, events, room, within_s=60)
    for first, second in zip(answers[:5], answers[5:], strict=True):
        assert {first, second} == {"accepted", "declined"}
    found = await booked(cast, room, *(each for when in hours[:5] for each in weeks(when, 4)))
    won = {event["iCalUId"] for event, answer in zip(events, answers, strict=True) if answer == "accepted"}
    assert {each["outlook"]["ical_uid"] for each in found} == won
    for user, answer in zip(users, answers, strict=True):
        await mailed(cast, user, room, [answer])


async def _eventually_confirmed(cast: Cast, room: BookableRoom, count: int) -> list[Json]:
    async def look() -> list[Json]:
        found = await cast.administrator.reservations(room.space, "confirmed")
        expect(len(found) == count, f"{len(found)} dates are booked, not {count}")
        return found

    return await eventually(look, within_s=60)


async def _is_quiet(cast: Cast) -> None:
    expect(await cast.tenant.is_quiet(), "mails or notifications are under way")
