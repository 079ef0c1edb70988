"""The back office makes, changes and cancels series of its own: ledger and Outlook have the same dates afterwards."""

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import accepted_meeting, answered, booked
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks

WHEN = slot(hour=9)
DATES = weeks(WHEN, 6)
RECURS = weekly(WHEN.start.date()).times(6).body
WITHIN_S = 20


async def masters(room: BookableRoom) -> list[Json]:
    return await room.calendar.graph.listing(f"{room.calendar.path}/events")


async def in_step(cast: Cast, room: BookableRoom, *windows: Slot, events: int) -> None:
    """Wait until the ledger and Outlook have these times and no others, the latter in so many events."""
    await booked(cast, room, *windows)

    async def look() -> None:
        found = await masters(room)
        expect(len(found) == events, f"the room has {len(found)} events")
        shown = []
        for each in found:
            is_series = each["type"] == "seriesMaster"
            shown += await room.calendar.occurrences(each) if is_series else [each]
        starts = sorted((when_of(each).start, when_of(each).end) for each in shown)
        expect(starts == sorted((each.start, each.end) for each in windows), f"Outlook has {starts}")

    await eventually(look, within_s=WITHIN_S)


async def reserved(cast: Cast, room: BookableRoom, **more: object) -> list[Json]:
    """Reserve a room for six weeks; return the reservations of the dates."""
    await cast.administrator.reserve_group(room.space, WHEN, "Board meeting", recurrence=RECURS, **more)
    return await cast.administrator.reservations(room.space, "confirmed")


async def test_one_date_is_moved_and_another_cancelled_within_the_one_event(cast: Cast) -> None:
    room = await cast.room()
    dates = await reserved(cast, room)
    await in_step(cast, room, *DATES, events=1)

    await cast.administrator.move(dates[1], DATES[1].later(hours=2))
    await cast.administrator.cancel(dates[3])

    await in_step(cast, room, DATES[0], DATES[1].later(hours=2), DATES[2], *DATES[4:], events=1)


async def test_from_a_date_on_it_becomes_a_series_of_its_own_which_is_cancelled_alone(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    dates = await reserved(cast, room)
    later = [each.later(hours=3) for each in DATES[3:]]

    await cast.administrator.move_dates(dates[3], "following", later[0])

    await in_step(cast, room, *DATES[:3], *later, events=2)
    await accepted_meeting(ada, room, DATES[3])

    await cast.administrator.cancel(dates[4], scope="following")

    await booked(cast, room, *DATES[:4], later[0])
    await accepted_meeting(ada, room, later[1])


async def test_all_of_it_moves_over_itself_and_is_cancelled_at_once(cast: Cast) -> None:
    room = await cast.room()
    dates = await reserved(cast, room)

    await cast.administrator.move_dates(dates[2], "all", DATES[2].later(minutes=30))
    await in_step(cast, room, *(each.later(minutes=30) for each in DATES), events=1)

    await cast.administrator.cancel(dates[0], scope="all")
    await in_step(cast, room, events=0)


async def test_a_date_that_is_taken_refuses_all_of_it_or_is_left_out_as_was_asked(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    await accepted_meeting(ada, room, DATES[2])

    with pytest.raises(RequestRefused) as refused:
        await reserved(cast, room)

    assert [each["original_date"] for each in refused.value.body["occurrences"]] == [DATES[2].start.date().isoformat()]
    await reserved(cast, room, on_conflict="skip_conflicts")
    await booked(cast, room, *DATES)

    async def look() -> None:
        series = [each for each in await masters(room) if each["type"] == "seriesMaster"]
        shown = [when_of(each) for master in series for each in await room.calendar.occurrences(master)]
        expect(shown == [*DATES[:2], *DATES[3:]], shown)

    await eventually(look, within_s=WITHIN_S)


async def test_what_asks_for_approval_is_one_question_and_held_meanwhile(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    rule = {"when": "always", "approvers": ["grace@contoso.example"]}
    await cast.administrator.set_policy(room.space, "approval", rule)
    await cast.administrator.reserve_group(room.space, WHEN, "Board meeting", recurrence=RECURS)
    [question] = await cast.administrator.questions(room.space, "pending")
    event = await ada.invite("Planning", DATES[4], room.calendar)
    await answered(ada, event, room, "declined")

    await cast.administrator.approve(question)

    await in_step(cast, room, *DATES, events=1)
