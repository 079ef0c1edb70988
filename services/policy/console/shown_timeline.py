"""Which spaces and days an address of the timeline shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from libs.common.db import Connection
from libs.contracts.values import Window
from services.policy.commands.cursors import read_cursor
from services.policy.console.listing import Cursor, Part, address_of_list
from services.policy.console.sections import TIMELINE
from services.policy.core.times import days_window
from services.policy.core.zones import is_zone
from services.policy.store import schedule
from services.policy.store.schedule import ScheduledSpace, ScheduleFilter

MOST_SPACES = 50
NO_SPACE_ZONE = "UTC"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)

Days = Literal["1", "7", "31"]
View = Literal["calendar", "table"]


class TimelineAddress(BaseModel):
    """The query of an address; what is left empty by the form stands for anything.

    `start` is the first day, today unless it is given. `zone` is the zone in which days and times are shown: that of
    the first space, unless it is given. `cursor` is where the spaces go on.
    """

    view: View = "calendar"
    start: Annotated[Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)] | Literal[""], Field(alias="from")] = ""
    days: Days = "1"
    name: Part = ""
    building: Part = ""
    group: UUID | Literal[""] = ""
    capacity: Annotated[int, Field(ge=1, le=100_000)] | Literal[""] = ""
    zone: Annotated[str, Field(max_length=64)] = ""
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class ShownTimeline:
    """The spaces of one page, in the order of their names, and the days that it shows of them, in one zone."""

    asked: TimelineAddress
    spaces: Sequence[ScheduledSpace]
    has_more: bool
    zone: str
    first_day: date

    @property
    def window(self) -> Window:
        """Return the days as a window."""
        return days_window(self.first_day, self.first_day + timedelta(days=int(self.asked.days) - 1), self.zone)

    @property
    def zones(self) -> list[str]:
        """Return the zones that can be chosen: those of the spaces, UTC, and the one that is shown."""
        return sorted({each.time_zone for each in self.spaces} | {NO_SPACE_ZONE, self.zone})

    @property
    def related(self) -> frozenset[UUID]:
        """Return the spaces whose changes show: those of the page, and those that have a part in common with one."""
        return frozenset(each.id for each in self.spaces).union(*(each.related for each in self.spaces))

    def address(self, below: str = "", **changed: str | None) -> str:
        """Return the address of what is shown, with something else in place of some of it; None leaves it out."""
        asked = self.asked
        query: dict[str, str | None] = {
            "view": asked.view if asked.view != "calendar" else None,
            "from": self.first_day.isoformat(),
            "days": asked.days if asked.days != "1" else None,
            "name": asked.name or None,
            "building": asked.building or None,
            "group": str(asked.group) or None,
            "capacity": str(asked.capacity) or None,
            "zone": asked.zone or None,
        }
        cursor = changed.pop("cursor", asked.cursor)
        return address_of_list(f"{TIMELINE.address}{below}", {**query, **changed}, cursor)

    def on_day(self, days_later: int) -> str:
        """Return the address of the same so many days later."""
        day = min(max(self.first_day + timedelta(days=days_later), FIRST_DAY), LAST_DAY)
        return self.address(**{"from": day.isoformat()})


async def read_shown(conn: Connection, asked: TimelineAddress, now: datetime) -> ShownTimeline:
    """Find what an address shows. A zone that does not exist is taken as not given."""
    after = read_cursor(asked.cursor, str) if asked.cursor else None
    wanted = ScheduleFilter(asked.name or None, asked.building or None, asked.group or None, asked.capacity or None)
    found = await schedule.spaces(conn, wanted, after, MOST_SPACES + 1)
    shown = found[:MOST_SPACES]
    zone = asked.zone if is_zone(asked.zone) else (shown[0].time_zone if shown else NO_SPACE_ZONE)
    today = now.astimezone(ZoneInfo(zone)).date()
    return ShownTimeline(asked, shown, len(found) > MOST_SPACES, zone, asked.start or today)
