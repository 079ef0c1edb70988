"""B30, B31: what one organizer does in two steps is not refused between them."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import expect, throughout
from deploy.driver.looks import accepted_meeting, accepted_series, answered, blocked, booked, mailed
from deploy.driver.recurrences import weekly
from deploy.driver.slots import slot, weeks


async def test_b30_a_meeting_in_the_place_of_one_that_is_called_off_seconds_later_is_accepted(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    old = await accepted_meeting(ada, room, when, "Planning")
    new = await ada.invite("Planning anew", when, room.calendar)

    async def nobody_was_refused() -> None:
        given = await cast.tenant.answers(ada, room.calendar)
        expect(given == ["accepted"], f"the room mailed {given}")

    await throughout(nobody_was_refused, seconds=3.5)
    await ada.cancel(old)

    await answered(ada, new, room, "accepted")
    [reservation] = await booked(cast, room, when)
    assert reservation["title"] == "Planning anew"
    await mailed(cast, ada, room, ["accepted", "accepted"])


@pytest.mark.parametrize("is_answered_between", [False, True])
async def test_b31_two_meetings_that_are_swapped_both_end_confirmed(cast: Cast, is_answered_between: bool) -> None:
    room, ada = await cast.room(), await cast.user()
    early, late = slot(hour=9), slot(hour=14)
    planning = await accepted_meeting(ada, room, early, "Planning")
    review = await accepted_meeting(ada, room, late, "Review")

    await ada.move(planning, late)
    if is_answered_between:
        await answered(ada, planning, room, "tentativelyAccepted")
    await ada.move(review, early)

    for event in (planning, review):
        await answered(ada, event, room, "accepted")
    found = await booked(cast, room, early, late)
    assert [each["title"] for each in found] == ["Review", "Planning"]
    await blocked(room, early)
    await blocked(room, late)
    between = ["tentativelyAccepted"] if is_answered_between else []
    await mailed(cast, ada, room, ["accepted", "accepted", *between, "accepted", "accepted"])


async def test_b31_of_two_meetings_that_were_swapped_neither_is_lost_if_one_cannot_move(cast: Cast) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    early, late, taken = slot(hour=9), slot(hour=14), slot(hour=16)
    await accepted_meeting(ben, room, taken, "Board")
    planning = await accepted_meeting(ada, room, early, "Planning")
    review = await accepted_meeting(ada, room, late, "Review")

    await ada.move(planning, late)
    await ada.move(review, taken)

    for event in (planning, review):
        await answered(ada, event, room, "tentativelyAccepted")
    found = await booked(cast, room, early, late, taken)
    assert [each["title"] for each in found] == ["Planning", "Review", "Board"]


async def test_b31_a_date_of_a_series_is_swapped_with_one_of_another_series(cast: Cast) -> None:
    room, when = await cast.room(), slot(hour=9)
    late = when.later(hours=5)
    ada, planning = await accepted_series(cast, room, when, 3)
    review = await ada.invite_series("Review", late, weekly(late.start.date()).times(3), room.calendar)
    await answered(ada, review, room, "accepted")
    early_one, late_one = [
        await ada.occurrence(each, at.later(days=7).start.date()) for each, at in ((planning, when), (review, late))
    ]

    await ada.move(early_one, late.later(days=7))
    await answered(ada, early_one, room, "tentativelyAccepted")
    await ada.move(late_one, when.later(days=7))

    for date_of in (early_one, late_one):
        await answered(ada, date_of, room, "accepted")
    found = await booked(cast, room, *weeks(when, 3), *weeks(late, 3))
    titles = ["Planning", "Review", "Review", "Planning", "Planning", "Review"]
    assert [each["title"] for each in found] == titles
    assert {each["refused_request"] is None for each in found} == {True}
    for window in (when.later(days=7), late.later(days=7)):
        await blocked(room, window)


@pytest.mark.parametrize("is_date_first", [True, False])
async def test_b31_a_date_of_a_series_is_swapped_with_a_single_meeting(cast: Cast, is_date_first: bool) -> None:
    room, when = await cast.room(), slot(hour=9)
    second, late = when.later(days=7), when.later(days=7, hours=5)
    ada, planning = await accepted_series(cast, room, when, 3)
    review = await accepted_meeting(ada, room, late, "Review")
    date_of = await ada.occurrence(planning, second.start.date())

    moves = [(date_of, late), (review, second)]
    for event, to in moves if is_date_first else reversed(moves):
        await ada.move(event, to)

    for event in (date_of, review):
        await answered(ada, event, room, "accepted")
    found = await booked(cast, room, when, second, late, when.later(days=14))
    assert [each["title"] for each in found] == ["Planning", "Review", "Planning", "Planning"]
