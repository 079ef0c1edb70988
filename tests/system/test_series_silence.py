"""A17, B7: series of which no notification tells, and of which listings show nothing but bare dates."""

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_series, answered, asked, blocked, booked, mailed, unblocked
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks
from tests.support.stacks import UNTIL_SWEPT_S

WITHIN_S = UNTIL_SWEPT_S + 40
"""An answer that was just given is awaited for a quarter of a minute, in which a sweep proves nothing about it."""

OF_A_BARE_DATE = ("id", "seriesMasterId", "type", "start", "end", "@odata.type", "@odata.etag")
"""What a row of delta has of an occurrence.

Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/34
"""


async def test_b7_a_series_of_bare_dates_is_booked_with_its_title_and_blocks_others(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, ben, when = await cast.room(), await cast.user("ada"), await cast.user("ben"), slot()
    bare = await _bare(cast, room)
    async with cast.tenant.overlays(bare), cast.tenant.options(bare_exceptions_in_delta=True):
        async with cast.tenant.delivery(silence=True):
            event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), room.calendar)
            await answered(ada, event, room, "accepted", within_s=WITHIN_S)
            await booked(cast, room, *weeks(when, 4))
            assert "subject" not in (await room.calendar.day(when))[0]

            moved = when.later(days=7, hours=2)
            second = (await ada.occurrences(event))[1]
            await ada.move(second, moved)
            await ada.delete((await ada.occurrences(event))[3])
            found = await booked(cast, room, when, moved, when.later(days=14), within_s=WITHIN_S)
            await answered(ada, second, room, "accepted", within_s=WITHIN_S)
        assert {(each["title"], each["organizer"]["email"]) for each in found} == {("Planning", ada.address)}
        assert len({each["group_id"] for each in found} | {None}) == 2
        # The series was answered, and the date that was moved; no date for what it does not say.
        writes = await cast.tenant.writes(room.calendar)
        assert [call["path"].rsplit("/", 1)[-1] for call in writes] == ["accept"] * 2
        refused = await ben.invite("Interview", when.later(days=14, minutes=30), room.calendar)
        await answered(ben, refused, room, "declined")
        allowed = await ben.invite("Interview", when.later(days=21), room.calendar)
        await answered(ben, allowed, room, "accepted")


async def test_a17_a_series_that_is_dragged_and_called_off_in_silence_is_followed(swept_cast: Cast) -> None:
    cast = swept_cast
    room, when = await cast.room(), slot()
    ada, event = await accepted_series(cast, room, when, 3)
    dragged = when.later(days=1, hours=2)
    async with cast.tenant.delivery(silence=True):
        await ada.reschedule(event, dragged, weekly(dragged.start.date()).times(5))
        await booked(cast, room, *weeks(dragged, 5), within_s=WITHIN_S)
        await answered(ada, event, room, "accepted", within_s=WITHIN_S)
        await unblocked(room, when)
        await blocked(room, dragged.later(days=28))

        await ada.cancel(event)
        await booked(cast, room, within_s=WITHIN_S)
        await unblocked(room, dragged)


async def test_a14_a_series_that_waits_for_approval_is_swept_quietly(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, when = await cast.room(), await cast.user("ada"), slot()
    await cast.administrator.set_policy(room.space, "approval", {"when": "always", "approvers": [ada.address]})
    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), room.calendar)
    await answered(ada, event, room, "tentativelyAccepted")
    question = await _asked_by_mail(cast, room, when)
    await _swept(cast, room, times=2)
    before = await cast.tenant.calls(room.calendar)

    await _swept(cast, room, times=2)

    after = (await cast.tenant.calls(room.calendar))[len(before) :]
    assert {call["path"].rsplit("/", 1)[-1] for call in after} == {"calendarView"}
    assert await asked(cast, room, when) == [question]
    await mailed(cast, ada, room, ["tentativelyAccepted"])


async def test_a17_a_quiet_series_is_swept_without_a_write_a_mail_or_a_read_of_its_own(swept_cast: Cast) -> None:
    cast = swept_cast
    room, when = await cast.room(), slot()
    ada, _ = await accepted_series(cast, room, when, 10)
    await _swept(cast, room, times=2)
    before = await cast.tenant.calls(room.calendar)

    await _swept(cast, room, times=2)

    after = (await cast.tenant.calls(room.calendar))[len(before) :]
    assert {call["path"].rsplit("/", 1)[-1] for call in after} == {"calendarView"}
    assert {call["method"] for call in after} == {"GET"}
    await mailed(cast, ada, room, ["accepted"])


async def _asked_by_mail(cast: Cast, room: BookableRoom, when: Slot) -> Json:
    """Return the question about the room once its approvers have their mail; until then it still changes."""

    async def look() -> Json:
        [question] = await asked(cast, room, when)
        states = [each["state"] for each in question["mails"]]
        expect(states == ["sent"], f"the approver's mail is {states}, not sent")
        return question

    return await eventually(look)


async def _bare(cast: Cast, room: BookableRoom) -> Json:
    """Return an overlay by which the calendar shows its dates as bare as delta does."""
    ben, when = await cast.user("example"), slot()
    example = await ben.invite_series("Example", when, weekly(when.start.date()).times(1))
    [date] = await ben.occurrences(example)
    dropped = [each for each in date if each not in OF_A_BARE_DATE]
    return {"mailbox": room.calendar.address, "types": ["occurrence"], "drop": dropped}


async def _swept(cast: Cast, room: BookableRoom, *, times: int) -> None:
    """Wait for so many sweeps of a room more."""

    async def sweeps() -> int:
        return sum("calendarView" in call["path"] for call in await cast.tenant.calls(room.calendar, "GET"))

    wanted = await sweeps() + times

    async def look() -> None:
        assert await sweeps() >= wanted

    await eventually(look, within_s=WITHIN_S * times)
