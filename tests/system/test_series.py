"""A10 to A13: recurring meetings, date by date."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.looks import accepted_meeting, accepted_series, answered, booked, group_of, mailed
from deploy.driver.recurrences import weekly
from deploy.driver.slots import slot, weeks


async def test_a10_a_weekly_series_is_a_group_with_each_occurrence_tracked(cast: Cast) -> None:
    room, when = await cast.room(), slot()

    user, event = await accepted_series(cast, room, when, 6)

    group = await group_of(cast, room)
    assert (group["status"], group["is_complete"], group["ical_uid"]) == ("confirmed", True, event["iCalUId"])
    found = await cast.administrator.reservations(room.space, "confirmed")
    assert {each["group_id"] for each in found} == {group["id"]}
    assert [each["original_date"] for each in found] == [each.start.date().isoformat() for each in weeks(when, 6)]
    [mail] = await mailed(cast, user, room, ["accepted"])
    assert "is booked for this recurring meeting on 6 dates" in mail["comment"], mail


async def test_a11_a_date_that_is_deleted_is_free_and_no_other_is_touched(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 10)
    fourth = (await user.occurrences(event))[3]

    await user.delete(fourth)

    await booked(cast, room, *weeks(when, 10, without=3))
    assert await user.answer_of(room.calendar, event) == "accepted"


async def test_a11_the_whole_series_is_moved_over_itself(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 4)

    await user.move(event, when.later(minutes=30))

    await booked(cast, room, *weeks(when.later(minutes=30), 4))
    await answered(user, event, room, "accepted")


async def test_a11_a_series_that_is_called_off_frees_every_date(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 4)

    await user.cancel(event)

    await booked(cast, room)
    assert (await group_of(cast, room))["status"] == "cancelled"


async def test_a12_a_series_of_which_one_date_is_taken_is_declined_and_the_date_is_named(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    taken = when.later(days=14, minutes=30)
    ben, ada = await cast.user("ben"), await cast.user("ada")
    await accepted_meeting(ben, room, taken, "Board")

    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), room.calendar)

    await answered(ada, event, room, "declined")
    [mail] = await mailed(cast, ada, room, ["declined"])
    assert "because of 1 of its 4 dates" in mail["comment"], mail
    assert f"{taken.start:%d %b %Y}" in mail["comment"], mail
    await booked(cast, room, taken)


async def test_a13_a_series_without_end_is_booked_until_a_day_that_everybody_can_see(cast: Cast) -> None:
    room, when, ada = await cast.room(), slot(), await cast.user("ada")

    event = await ada.invite_series("Planning", when, weekly(when.start.date()), room.calendar)

    await answered(ada, event, room, "accepted")
    group = await group_of(cast, room)
    assert group["is_complete"] is False
    until = group["materialised_until"]
    assert until is not None
    [mail] = await mailed(cast, ada, room, ["accepted"])
    assert "later dates follow as time passes" in mail["comment"], mail

    async def all_booked() -> None:
        found = await cast.administrator.reservations(room.space, "confirmed")
        expect(50 <= len(found) <= 53, f"{len(found)} dates of a year are booked")

    await eventually(all_booked)


async def test_a11_only_the_date_that_is_moved_moves(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 4)
    second = (await user.occurrences(event))[1]
    later = when.later(days=7, hours=3)

    await user.move(second, later)

    await booked(cast, room, when, later, when.later(days=14), when.later(days=21))
    await answered(user, second, room, "accepted")
    assert await user.answer_of(room.calendar, event) == "accepted"


async def test_a12_by_policy_a_series_is_accepted_and_only_the_date_that_is_taken_is_declined(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    rule = {"kind": "series", "parameters": {"allowed": True, "on_conflict": "skip_conflicts"}}
    attach = {"scope": "space", "id": room.space["id"]}
    await cast.administrator.api.send("POST", "/v1/policies", body={**rule, "attach": attach})
    taken, ben, ada = when.later(days=14), await cast.user("ben"), await cast.user("ada")
    await accepted_meeting(ben, room, taken, "Board")

    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), room.calendar)

    await answered(ada, event, room, "accepted")
    await booked(cast, room, *weeks(when, 4))
    third = (await ada.occurrences(event))[2]
    await answered(ada, third, room, "declined")
    mails = await mailed(cast, ada, room, ["accepted", "declined"])
    assert "on 3 dates" in mails[0]["comment"], mails
    assert "It is taken by" in mails[1]["comment"], mails


async def test_b16_a_date_that_is_moved_onto_another_booking_keeps_its_time(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    ben = await cast.user("ben")
    taken = when.later(days=7, hours=3)
    await accepted_meeting(ben, room, taken, "Board")
    user, event = await accepted_series(cast, room, when, 3, other=taken)
    second = (await user.occurrences(event))[1]

    await user.move(second, taken)

    await answered(user, second, room, "tentativelyAccepted")
    await booked(cast, room, when, when.later(days=7), taken, when.later(days=14))
    assert await user.answer_of(room.calendar, event) == "accepted"


async def test_b5_a_single_meeting_becomes_a_series_in_place(cast: Cast) -> None:
    room, when, user = await cast.room(), slot(), await cast.user("ada")
    event = await accepted_meeting(user, room, when)

    await user.repeat(event, weekly(when.start.date()).times(3))

    await booked(cast, room, *weeks(when, 3))
    await answered(user, event, room, "accepted")
    assert (await group_of(cast, room))["ical_uid"] == event["iCalUId"]


async def test_b17_series_that_clash_only_in_week_thirty_are_told_so(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    first = when.later(days=7 * 29)
    ben = await cast.user("ben")
    other = await ben.invite_series("Late", first, weekly(first.start.date()).times(4), room.calendar)
    await answered(ben, other, room, "accepted")
    ada = await cast.user("ada")

    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(30), room.calendar)

    await answered(ada, event, room, "declined")
    [mail] = await mailed(cast, ada, room, ["declined"])
    assert "because of 1 of its 30 dates" in mail["comment"], mail
    assert f"{first.start:%d %b %Y}" in mail["comment"], mail


@pytest.mark.parametrize("is_cut_first", [True, False])
async def test_b30_this_and_following_makes_two_series_without_a_conflict(cast: Cast, is_cut_first: bool) -> None:
    room, when = await cast.room(), slot()
    user, event = await accepted_series(cast, room, when, 6)
    follows = when.later(days=21)

    new = await user.this_and_following(event, follows.start.date(), follows, new_first=not is_cut_first)

    await answered(user, new, room, "accepted")
    await answered(user, event, room, "accepted")
    await booked(cast, room, *weeks(when, 6))
