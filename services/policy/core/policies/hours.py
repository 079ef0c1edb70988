"""Weekly hours in a space's zone, and the rule that a booking lies within them.

Hours are what the clock shows: on a day on which it is changed, the hours that it skips are left out, and those that it
shows twice are in twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from libs.contracts.values import Window
from services.policy.core.place import Place
from services.policy.core.policies.clocks import Stretch, find_shown
from services.policy.core.policies.dates import iso_window
from services.policy.core.policies.parameters import WEEKDAYS, Span, Weekday, Weekly
from services.policy.core.policies.rule import Asked, Breach, Facet, Rule
from services.policy.core.times import say_window

_A_DAY = timedelta(days=1)

Hours = Mapping[Weekday, Sequence[Span]]


class OpeningHours(Rule):
    """A booking lies within the weekly opening hours; a meeting of whole days needs the whole days.

    Weekdays without hours are closed. Hours until 24:00 join those of the next day from 00:00.
    """

    kind: Literal["opening_hours"] = "opening_hours"
    weekly: Weekly = Field(
        description="The hours of each weekday in the space's zone, from and until; a booking may start and end at "
        "them. `24:00` is the end of the day."
    )

    looks_at: ClassVar = frozenset({Facet.START, Facet.END})
    another_time_helps: ClassVar = True
    help: ClassVar = "Please choose a time within the opening hours."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a booking that does not lie within one stretch of opening hours."""
        window = asked.window
        for opens, closes in find_stretches(self.weekly, window.start, window.end, asked.time_zone):
            if opens <= window.start and window.end <= closes:
                return None
        return Breach(window=window)

    def say(self, breach: Breach, place: Place) -> str:
        """Say the hours of the days that are asked for, and the time asked for."""
        if breach.window is None:
            return f"{place.called} is closed then."
        asked = say_window(breach.window, place.time_zone)
        return f"{place.called} is {self._say_hours(breach.window, place)}, and this is {asked}."

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return the weekly hours, and the window asked for."""
        limit = "; ".join(f"{day} {_list_spans(self.weekly[day])}" for day in WEEKDAYS if day in self.weekly)
        return limit, iso_window(breach)

    def covers(self, other: Rule) -> bool:
        """Whether every time within these hours is within the other's."""
        return isinstance(other, OpeningHours) and all(
            any(their[0] <= opens and closes <= their[1] for their in other.weekly.get(day, ()))
            for day, spans in self.weekly.items()
            for opens, closes in spans
        )

    def _say_hours(self, window: Window, place: Place) -> str:
        zone = ZoneInfo(place.time_zone)
        first = window.start.astimezone(zone).date()
        last = (window.end - timedelta(microseconds=1)).astimezone(zone).date()
        days = [WEEKDAYS[(first + timedelta(days=each)).weekday()] for each in range(min((last - first).days, 6) + 1)]
        said = [
            f"open {_list_spans(self.weekly[day])} on {day.title()}s"
            if day in self.weekly
            else f"closed on {day.title()}s"
            for day in days
        ]
        return ", ".join(said)


def find_stretches(hours: Hours, start: datetime, end: datetime, time_zone: str) -> Iterator[Stretch]:
    """Find the stretches of weekly hours on the days of a time, in order; hours that touch are one stretch."""
    zone = ZoneInfo(time_zone)
    current: Stretch | None = None
    for stretch in _find_of_days(hours, start.astimezone(zone).date(), end.astimezone(zone).date(), time_zone):
        if current is not None and stretch[0] <= current[1]:
            current = current[0], max(current[1], stretch[1])
            continue
        if current is not None:
            yield current
        current = stretch
    if current is not None:
        yield current


def _find_of_days(hours: Hours, first: date, last: date, time_zone: str) -> Iterator[Stretch]:
    day = first
    while day <= last:
        spans = hours.get(WEEKDAYS[day.weekday()], ())
        yield from sorted([shown for opens, closes in spans for shown in find_shown(day, opens, closes, time_zone)])
        day += _A_DAY


def _list_spans(spans: Sequence[Span]) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in spans)
