"""A group of as many dates as Outlook allows, 999, on a system that books them all at once: one event, like any other.

Source: https://learn.microsoft.com/graph/api/resources/recurrencerange, [MS-OXOCAL] 2.2.1.44.1
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast, open_cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import daily
from deploy.driver.slots import Slot, slot
from tests.support.stacks import in_both_modes, running_stack
from tests.system.test_groups import masters

DATES = 999
WHEN = slot(hour=9)
WINDOWS = [WHEN.later(days=number) for number in range(DATES)]
SETTINGS = {"ROOMSYNC_SERIES_OCCURRENCES": str(DATES), "ROOMSYNC_SERIES_AHEAD_DAYS": "1825"}
WITHIN_S = 60


@pytest_asyncio.fixture(scope="module", params=in_both_modes("large_"))
async def large_cast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cast]:
    """The cast on a system that books all dates of the longest series at once."""
    directory = tmp_path_factory.mktemp("large")
    async with running_stack(request.param, directory, SETTINGS) as stack, open_cast(stack.endpoints, "large") as cast:
        yield cast


async def in_step(cast: Cast, room: BookableRoom, windows: list[Slot]) -> None:
    """Wait until Outlook shows what is booked, and only that, in one event; none if nothing is."""
    booked = await cast.administrator.reservations(room.space, "confirmed")
    assert [window_of(each) for each in booked] == windows

    async def look() -> None:
        found = await masters(room)
        expect(len(found) == bool(windows), f"the room has {len(found)} events")
        shown = [when_of(each) for series in found for each in await room.calendar.occurrences(series)]
        expect(shown == windows, f"Outlook has {len(shown)} dates, which differ: {set(shown) ^ set(windows)}")

    await eventually(look, within_s=WITHIN_S)


@pytest.mark.timeout(300)
async def test_a_group_of_999_is_booked_changed_and_cancelled_as_one_event(large_cast: Cast) -> None:
    cast, room = large_cast, await large_cast.room()
    recurs = daily(WHEN.start.date()).times(DATES).body

    group = await cast.administrator.reserve_group(room.space, WHEN, "Board meeting", recurrence=recurs)

    assert (group["counts"]["confirmed"], group["is_complete"]) == (DATES, True)
    await in_step(cast, room, WINDOWS)
    dates = await cast.administrator.reservations(room.space, "confirmed")
    later = WINDOWS[-1].later(hours=2)
    left = [*WINDOWS[:500], *WINDOWS[501:-1], later]
    await cast.administrator.move(dates[-1], later)
    await in_step(cast, room, [*WINDOWS[:-1], later])
    await cast.administrator.cancel(dates[500])
    await in_step(cast, room, left)

    await cast.administrator.move_dates(dates[0], "all", WINDOWS[0].later(minutes=30))
    await in_step(cast, room, [each.later(minutes=30) for each in left])

    await cast.administrator.cancel(dates[0], scope="all")
    await in_step(cast, room, [])
