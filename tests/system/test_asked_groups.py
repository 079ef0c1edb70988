"""Changes of several dates that need approval wait as one question; ledger and Outlook are in step before and after."""

import pytest

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_series, answered, asked, booked
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks

WHEN = slot(hour=9)
LATER = WHEN.later(hours=4)
WITHIN_S = 20
APPROVER = "grace@contoso.example"


async def shown(room: BookableRoom, *windows: Slot) -> None:
    """Wait until Outlook shows the room busy at exactly these times."""

    async def look() -> None:
        found = []
        for each in await room.calendar.graph.listing(f"{room.calendar.path}/events"):
            is_series = each["type"] == "seriesMaster"
            found += await room.calendar.occurrences(each) if is_series else [each]
        starts = sorted((when_of(each).start, when_of(each).end) for each in found)
        expect(starts == sorted((each.start, each.end) for each in windows), f"Outlook has {starts}")

    await eventually(look, within_s=WITHIN_S)


async def asking_group(cast: Cast, dates: int = 4, approver: str = APPROVER) -> tuple[BookableRoom, list[Json]]:
    """Reserve a room for some weeks where any change needs approval; return the reservations of the dates."""
    room = await cast.room()
    recurs = weekly(WHEN.start.date()).times(dates).body
    await cast.administrator.reserve_group(room.space, WHEN, "Board meeting", recurrence=recurs)
    found = await cast.administrator.reservations(room.space, "confirmed")
    await cast.administrator.set_policy(room.space, "approval", {"when": "always", "approvers": [approver]})
    await shown(room, *weeks(WHEN, dates))
    return room, found


@pytest.mark.parametrize("scope", ["all", "following"])
async def test_an_approved_change_of_several_dates_is_booked_and_shown_at_once(cast: Cast, scope: str) -> None:
    room, dates = await asking_group(cast)
    first = 0 if scope == "all" else 2

    waiting = await cast.administrator.move_dates(dates[2], scope, LATER.later(days=14))

    [question] = await asked(cast, room, LATER.later(days=7 * first))
    assert waiting["requested_change"]["approval_id"] == question["id"]
    assert (question["asked"]["dates"], question["booked"]["dates"]) == (4 - first, 4 - first)
    await booked(cast, room, *weeks(WHEN, 4))
    await shown(room, *weeks(WHEN, 4))
    for each in weeks(LATER, 4)[first:]:
        assert not await cast.administrator.is_free(room.space, each)
    ben = await cast.user("ben")
    other = await ben.invite("Planning", LATER.later(days=21), room.calendar)
    await answered(ben, other, room, "declined")

    await cast.administrator.approve(question)

    now = [*weeks(WHEN, 4)[:first], *weeks(LATER, 4)[first:]]
    after = await booked(cast, room, *now)
    assert {each["id"] for each in after} == {each["id"] for each in dates}
    await shown(room, *now)
    assert len({each["group_id"] for each in after}) == (1 if scope == "all" else 2)


async def test_a_rejected_change_of_several_dates_leaves_both_sides_as_they_were(cast: Cast) -> None:
    room, dates = await asking_group(cast)
    await cast.administrator.move_dates(dates[0], "all", LATER)
    [question] = await asked(cast, room, LATER)

    await cast.administrator.reject(question)

    await asked(cast, room)
    kept = await booked(cast, room, *weeks(WHEN, 4))
    assert [each["version"] for each in kept] == [each["version"] for each in dates]
    await shown(room, *weeks(WHEN, 4))
    for each in weeks(LATER, 4):
        assert await cast.administrator.is_free(room.space, each)


async def test_approvers_read_which_dates_are_asked_for_and_what_is_booked_now(cast: Cast) -> None:
    grace = cast.approver("grace")
    room, dates = await asking_group(cast, approver=grace.address)
    await cast.administrator.move_dates(dates[1], "following", LATER.later(days=7))

    [mail] = await grace.mails()

    asks = f"asks to change a recurring meeting in {room.space['name']}, booked for 3 dates: the first is"
    assert asks in mail["text"]
    assert "to 3 dates: the first is" in mail["text"]
    page = await grace.open(mail)
    assert page.count("3 dates, the last on") == 2
    await grace.decide(mail, "approve")
    await booked(cast, room, WHEN, *weeks(LATER, 4)[1:])


@pytest.mark.parametrize("scope", ["all", "following"])
async def test_an_approved_move_of_a_series_is_made_on_its_organizers_calendar_and_not_before(
    cast: Cast, scope: str
) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    room = await cast.room(connection=connection)
    ada, event = await accepted_series(cast, room, WHEN, 3)
    await cast.administrator.set_policy(room.space, "approval", {"when": "always", "approvers": [APPROVER]})
    dates = await cast.administrator.reservations(room.space, "confirmed")
    first = 0 if scope == "all" else 1

    await cast.administrator.move_dates(dates[1], scope, LATER.later(days=7))

    [question] = await asked(cast, room, LATER.later(days=7 * first))
    assert (window_of(question["booked"]), question["asked"]["dates"]) == (weeks(WHEN, 3)[first], 3 - first)
    await booked(cast, room, *weeks(WHEN, 3))
    assert [when_of(each) for each in await ada.occurrences(event)] == weeks(WHEN, 3)

    now = [*weeks(WHEN, 3)[:first], *weeks(LATER, 3)[first:]]

    async with cast.tenant.organizers_reachable():
        await cast.administrator.approve(question)
        await booked(cast, room, *now)

        async def look() -> None:
            found = [when_of(each) for each in await ada.occurrences(event)]
            expect(found == now, f"the organizer has {found}")

        await eventually(look, within_s=WITHIN_S)
        for each in weeks(WHEN, 3)[first:]:
            dated = event if scope == "all" else await ada.occurrence(event, each.start.date())
            await answered(ada, dated, room, "accepted")
    await shown(room, *now)
