"""A group that goes on beyond what is booked: its hold ends with what is booked, and is prolonged with it."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.http import Json
from deploy.driver.mailbox import when_of
from deploy.driver.slots import Slot
from deploy.local.stack import LocalStack
from tests.support.stacks import UNTIL_SWEPT_S
from tests.system.test_groups import masters

BOOKED = 150
SOON = timedelta(seconds=5)
LOOKS_EVERY_S = 60
"""How often policy looks for groups that are due, each once a day."""


async def have_a_day_pass(stack: LocalStack, group: Json) -> None:
    connection = await asyncpg.connect(stack.servers.postgres_url)
    try:
        await connection.execute(
            "UPDATE policy.reservation_groups SET rolled_at = rolled_at - interval '1 day' WHERE id = $1", group["id"]
        )
    finally:
        await connection.close()


@pytest.mark.timeout(300)  # it is looked once a minute
async def test_dates_that_come_into_view_are_booked_and_shown_and_none_beyond(
    swept_cast: Cast, sweeping_stack: LocalStack
) -> None:
    cast = swept_cast
    room = await cast.room()
    now = datetime.now(UTC).replace(microsecond=0)
    first = Slot(now + SOON, now + 2 * SOON)
    windows = [first.later(days=number) for number in range(BOOKED + 2)]

    async def in_step(dates: int) -> None:
        """Both sides have the first dates, and the group says that the next one is not booked."""
        found = await cast.administrator.group(group)
        expect(found["counts"]["confirmed"] == dates, found["counts"])
        expect(datetime.fromisoformat(found["materialised_until"]) == windows[dates].start, found["materialised_until"])
        events = await masters(room)
        shown = [when_of(each) for event in events for each in await room.calendar.occurrences(event)]
        expect(shown == windows[:dates], f"Outlook has {len(shown)} dates, the last at {shown[-1:]}")
        expect(len(events) == 1, f"the room has {len(events)} events")

    group = await cast.administrator.reserve_group(room.space, first, "Board meeting", rrule="FREQ=DAILY")
    await eventually(lambda: in_step(BOOKED), within_s=20)

    async def is_over() -> None:
        expect(datetime.now(UTC) > first.end, "the first date is not over")

    await eventually(is_over, within_s=20)
    await have_a_day_pass(sweeping_stack, group)

    await eventually(lambda: in_step(BOOKED + 1), within_s=LOOKS_EVERY_S + 30)
    written = await cast.tenant.writes(room.calendar)

    async def is_left_alone() -> None:
        assert await cast.tenant.writes(room.calendar) == written

    await throughout(is_left_alone, seconds=2 * UNTIL_SWEPT_S)
