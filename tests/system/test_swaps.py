"""B30, B31: what one organizer does in two steps is not refused between them."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import expect, throughout
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed
from deploy.driver.slots import slot


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
