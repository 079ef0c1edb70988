"""What the driver's Outlook users do with series, by ordinary Graph calls, comes about on both calendars."""

from datetime import date, timedelta

import pytest
import pytest_asyncio

from deploy.driver.http import Http, Json, RequestRefused
from deploy.driver.mailbox import original_date, when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import OutlookRecurrence, daily, monthly, weekly
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.slots import Slot, slot
from tests.contract.graphsim.graph import eventually
from tests.support.simulator import Simulator

FIRST = slot(days=7)
START = FIRST.start.date()
ROOM_ANSWERS = {"automate": "AutoAccept", "delete_subject": False, "add_organizer_to_subject": False}


def after(weeks: float) -> date:
    return START + timedelta(weeks=weeks)


@pytest_asyncio.fixture
async def ada(sim: Simulator) -> OutlookUser:
    await sim.ask("PUT", "/options", {"mail_delay": [0, 0.002], "attendant_delay": [0, 0.002]})
    outlook = {"Authorization": f"Bearer {await sim.outlook_token()}"}
    return OutlookUser(Http(sim.http, sim.base_url, sim.trust, outlook), await sim.add_user("Ada"), "Ada")


@pytest_asyncio.fixture
async def birch(sim: Simulator, ada: OutlookUser) -> RoomCalendar:
    return RoomCalendar(ada.graph, await sim.add_room("Birch", automate="AutoAccept", processing=ROOM_ANSWERS))


async def weekly_series(ada: OutlookUser, birch: RoomCalendar, count: int = 4) -> Json:
    return await ada.invite_series("Choir", FIRST, weekly(START).times(count), birch)


async def shows(room: RoomCalendar, series: Json, expected: dict[date, Slot]) -> None:
    """Wait until the room's copy of the series has these dates, each at its time."""

    async def look() -> bool:
        copies = await room.copies(series["iCalUId"])
        found = [] if not copies else await room.occurrences(copies[0])
        return {original_date(each): when_of(each) for each in found} == expected

    await eventually(look)


def at_first(*weeks: int) -> dict[date, Slot]:
    return {after(each): FIRST.later(weeks=each) for each in weeks}


async def test_a_user_invites_a_room_to_a_series(ada: OutlookUser, birch: RoomCalendar) -> None:
    series = await weekly_series(ada, birch)
    await shows(birch, series, at_first(0, 1, 2, 3))

    async def accepted() -> bool:
        return await ada.answer_of(birch, series) == "accepted"

    await eventually(accepted)


async def test_a_series_keeps_its_wall_time(ada: OutlookUser, birch: RoomCalendar) -> None:
    yearly = OutlookRecurrence({"type": "daily", "interval": 30}, START).times(6)
    series = await ada.invite_series("Choir", FIRST, yearly, birch, zone="Europe/Berlin")
    assert series["recurrence"]["range"]["recurrenceTimeZone"] == "Europe/Berlin"
    hours = {when_of(each).start.hour for each in await ada.occurrences(series)}
    assert len(hours) == 2


async def test_a_user_changes_single_dates(ada: OutlookUser, birch: RoomCalendar) -> None:
    series = await weekly_series(ada, birch, 5)
    await ada.move(await ada.occurrence(series, after(1)), FIRST.later(weeks=1, hours=2))
    await ada.cancel(await ada.occurrence(series, after(2)), "Not today.")
    await ada.delete(await ada.occurrence(series, after(3)))
    await ada.change(await ada.occurrence(series, after(4)), subject="Concert")

    await shows(birch, series, at_first(0, 4) | {after(1): FIRST.later(weeks=1, hours=2)})
    assert await ada.cancelled_dates(series) == [after(2), after(3)]
    with pytest.raises(LookupError):
        await ada.occurrence(series, after(2))
    with pytest.raises(RequestRefused, match="ErrorOccurrenceCrossingBoundary"):
        await ada.move(await ada.occurrence(series, after(4)), FIRST.later(weeks=1))


async def test_a_user_extends_cuts_and_changes_a_series(ada: OutlookUser, birch: RoomCalendar) -> None:
    series = await weekly_series(ada, birch)
    await ada.end_series(series, after(5))
    await shows(birch, series, at_first(0, 1, 2, 3, 4, 5))
    await ada.end_series(series, after(1.5))
    await shows(birch, series, at_first(0, 1))
    await ada.move(series, FIRST.later(hours=1))
    await shows(birch, series, {day: when.later(hours=1) for day, when in at_first(0, 1).items()})
    await ada.repeat(series, daily(START, every=2).times(2))
    second = START + timedelta(days=2)
    await shows(birch, series, {START: FIRST.later(hours=1), second: FIRST.later(hours=1, days=2)})
    single = await ada.stop_repeating(series)
    assert single["type"] == "singleInstance"


@pytest.mark.parametrize("new_first", [True, False])
@pytest.mark.parametrize("ends", ["numbered", "by date"])
async def test_a_user_moves_this_and_following_dates(
    sim: Simulator, ada: OutlookUser, birch: RoomCalendar, new_first: bool, ends: str
) -> None:
    recurrence = weekly(START).times(5) if ends == "numbered" else weekly(START).until(after(4))
    series = await ada.invite_series("Choir", FIRST, recurrence, birch)
    await shows(birch, series, at_first(0, 1, 2, 3, 4))
    await ada.delete(await ada.occurrence(series, after(1)))

    later = FIRST.later(weeks=2, hours=3)
    following = await ada.this_and_following(series, after(2), later, new_first=new_first)

    assert following["iCalUId"] != series["iCalUId"]
    await shows(birch, series, at_first(0, 1))
    await shows(birch, following, {after(2 + each): later.later(weeks=each) for each in range(3)})
    calls = [call["method"] for call in await sim.requests(ada.address) if call["method"] != "GET"]
    assert calls[-2:] == (["POST", "PATCH"] if new_first else ["PATCH", "POST"])


def test_recurrences_are_read_as_they_were_written() -> None:
    for each in (weekly(START, "monday", "friday", every=2).times(3), monthly(START).until(after(30)), daily(START)):
        assert OutlookRecurrence.of({"recurrence": each.body}) == each
