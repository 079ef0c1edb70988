"""A14: a change of a whole series that needs approval waits, on both sides, and the series stays booked meanwhile."""

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_series, answered, asked, blocked, booked, mailed, unblocked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot, weeks


async def changing(cast: Cast) -> tuple[BookableRoom, OutlookUser, Json, Slot, Slot, Json]:
    """Have a booked series of three weeks be dragged three hours later, where that needs approval."""
    room, when = await cast.room(), slot()
    ada, event = await accepted_series(cast, room, when, 3)
    await cast.administrator.set_policy(
        room.space, "approval", {"when": "always", "approvers": ["grace@contoso.example"]}
    )
    later = when.later(hours=3)

    await ada.move(event, later)

    [question] = await asked(cast, room, later)
    await answered(ada, event, room, "tentativelyAccepted")
    return room, ada, event, when, later, question


async def test_a14_a_moved_series_waits_with_both_times_blocked_and_is_accepted_once_it_is_approved(cast: Cast) -> None:
    room, ada, event, when, later, question = await changing(cast)
    kept = await booked(cast, room, *weeks(when, 3))
    for each, asked_for in zip(kept, weeks(later, 3), strict=True):
        assert window_of(each["requested_change"]) == asked_for
        assert each["requested_change"]["approval_id"] == question["id"]
    assert (window_of(question["booked"]), question["booked"]["dates"]) == (when, 3)
    assert (question["group_id"], question["asked"]["dates"]) == (kept[0]["group_id"], 3)
    for window in weeks(when, 3):
        await blocked(room, window)
    for window in (*weeks(when, 3), *weeks(later, 3)):
        assert not await cast.administrator.is_free(room.space, window)
    ben = await cast.user("ben")
    other = await ben.invite("Board", later.later(days=7), room.calendar)
    await answered(ben, other, room, "declined")

    await cast.administrator.approve(question, "The keys are at the desk")

    await answered(ada, event, room, "accepted")
    now = await booked(cast, room, *weeks(later, 3))
    assert {each["id"] for each in now} == {each["id"] for each in kept}
    for window in weeks(when, 3):
        await unblocked(room, window)
    for window in weeks(later, 3):
        await blocked(room, window)
    mails = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "accepted"])
    assert "waits for the approval of an administrator" in mails[1]["comment"]
    assert "An administrator approved this booking. The keys are at the desk." in mails[2]["comment"]
    await asked(cast, room)


async def test_a14_a_moved_series_that_is_rejected_keeps_every_date_as_it_was(cast: Cast) -> None:
    room, ada, event, when, later, question = await changing(cast)

    await cast.administrator.reject(question, "The hall is needed.")

    mails = await mailed(cast, ada, room, ["accepted", *["tentativelyAccepted"] * 2])
    assert "The hall is needed." in mails[2]["comment"]
    kept = await booked(cast, room, *weeks(when, 3))
    assert all(each["refused_request"] for each in kept)
    for window, refused in zip(weeks(when, 3), weeks(later, 3), strict=True):
        await blocked(room, window)
        assert await cast.administrator.is_free(room.space, refused)
    await asked(cast, room)

    await ada.move(event, when)

    await answered(ada, event, room, "accepted")
    kept = await booked(cast, room, *weeks(when, 3))
    assert not any(each["refused_request"] for each in kept)


async def test_a14_a_sweep_finds_nothing_to_mend_about_a_series_whose_change_waits(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, event, when, later, question = await changing(cast)

    await _swept(cast, room)

    await booked(cast, room, *weeks(when, 3))
    [same] = await asked(cast, room, later)
    assert (same["id"], same["version"]) == (question["id"], question["version"])
    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted"])
    await cast.administrator.approve(question)
    await answered(ada, event, room, "accepted")
    await _swept(cast, room)
    await booked(cast, room, *weeks(later, 3))
    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "accepted"])


async def _swept(cast: Cast, room: BookableRoom) -> None:
    """Wait until the room's calendar was read anew, twice: what the first sweep asks for is done by the second."""

    async def reads() -> int:
        return len([each for each in await cast.tenant.calls(room.calendar, "GET") if "calendarView" in each["path"]])

    before = await reads()

    async def look() -> None:
        expect(await reads() >= before + 2, "the room was not swept")

    await eventually(look, within_s=60)
