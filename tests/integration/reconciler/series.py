"""Series on a room's calendar for the tests: how they are booked, and what policy is shown of them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from libs.contracts.messages import CorrectionRequested
from tests.integration.reconciler.spoiler import Json
from tests.integration.reconciler.world import Room, World, at, daily


async def booked(world: World, dates: int = 4) -> tuple[Room, Json]:
    room = await world.room()
    event = await world.invite(room, recurrence=daily(dates))
    await world.until_agreed(room)
    return room, event


def on_day(day: int) -> Callable[[Json], bool]:
    """Whether an event on the calendar is a date of the series, that of this day."""
    return lambda each: (
        each.get("type") == "occurrence" and each["start"]["dateTime"].startswith(f"{at(0, day=day):%Y-%m-%d}")
    )


def windows(days: Sequence[int], status: str = "confirmed", hour: float = 9) -> list[tuple[str, datetime, datetime]]:
    return [(status, at(hour, day=day), at(hour + 1, day=day)) for day in days]


def days_of(asked: CorrectionRequested) -> list[int]:
    """The days of the dates that policy is shown."""
    meeting = asked.observation.meeting
    assert meeting is not None
    assert meeting.series is not None
    return [(each.start - at(9)).days for each in meeting.series.occurrences if not each.is_cancelled]
