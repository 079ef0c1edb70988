"""B8, B21, B36: storms of notifications, our own writes coming back, and answers that get lost."""

from deploy.driver.cast import Cast
from deploy.driver.eventually import throughout
from deploy.driver.looks import accepted_meeting, answered, answered_once, blocked, booked, mailed
from deploy.driver.slots import slot

STORM = {"delay_ms": [0, 800], "extra_updates": [2, 3], "duplicate": 0.5, "reorder": 0.5}


async def test_b8_a_storm_of_notifications_is_one_decision_and_one_answer(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    async with cast.tenant.delivery(**STORM):
        event = await ada.invite("Planning", when, room.calendar)

        await answered(ada, event, room, "accepted")
        await booked(cast, room, when)
        await answered_once(cast, ada, room, seconds=3)
    reads = await cast.tenant.calls(room.calendar, "GET")
    assert len(reads) <= 20, [call["path"] for call in reads]


async def test_b21_our_own_hold_comes_back_and_is_recognised(cast: Cast) -> None:
    room, when, later = await cast.room(), slot(hour=9), slot(hour=14)
    reservation = await cast.administrator.reserve(room.space, when, "Board meeting")
    await blocked(room, when)
    await cast.administrator.move(reservation, later)
    await blocked(room, later)

    async def written_twice() -> None:
        writes = await cast.tenant.writes(room.calendar)
        assert [call["method"] for call in writes] == ["POST", "PATCH"]
        assert await cast.tenant.mails_to(room.calendar) == []

    await throughout(written_twice, seconds=3)
    [same] = await booked(cast, room, later)
    assert same["id"] == reservation["id"]


async def test_b21_a_hold_moved_by_hand_is_put_back(cast: Cast) -> None:
    room, when, elsewhere = await cast.room(), slot(hour=9), slot(hour=14)
    await cast.administrator.reserve(room.space, when, "Board meeting")
    await blocked(room, when)
    [hold] = await room.calendar.day(when)

    await room.calendar.drag(hold, elsewhere)

    await blocked(room, when)
    await booked(cast, room, when)


async def test_b36_a_hold_whose_creation_went_unanswered_is_made_once(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    lost = {
        "match": {"method": "POST", "path": "/events", "mailbox": room.calendar.address},
        "effect": {"drop_after_commit": True},
        "times": 1,
    }
    async with cast.tenant.faults(lost):
        await cast.administrator.reserve(room.space, when, "Board meeting")
        await blocked(room, when)

        async def one_hold() -> None:
            assert len(await room.calendar.day(when)) == 1

        await throughout(one_hold, seconds=5)
    await booked(cast, room, when)


async def test_b36_an_answer_that_went_unanswered_is_mailed_once(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    lost = {
        "match": {"method": "POST", "path": "/accept", "mailbox": room.calendar.address},
        "effect": {"drop_after_commit": True},
        "times": 1,
    }
    async with cast.tenant.faults(lost):
        await accepted_meeting(ada, room, when)

        async def one_mail() -> None:
            assert await cast.tenant.answers(ada, room.calendar) in ([], ["accepted"])

        await throughout(one_mail, seconds=5)
    await mailed(cast, ada, room, ["accepted"])
    await booked(cast, room, when)
