"""Rules about how much one organizer books: over a period, and at a time.

Both count the live bookings of the organizer in all spaces that the rule is attached to. A booking without an organizer
is nobody's, and is not counted.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from libs.contracts.values import Window
from services.policy.core.place import Place
from services.policy.core.policies.hours import find_stretches
from services.policy.core.policies.parameters import MINUTES_OF_A_YEAR, Count, Weekly
from services.policy.core.policies.phrases import say_count, say_minutes
from services.policy.core.policies.rule import A_MINUTE, Asked, Breach, Facet, Rule

_FIRST_MONTH = 1
_MONTHS = 12


class Quota(Rule):
    """One organizer has so many bookings, or so many minutes, at most in a day, week, month or year, or to come.

    A booking counts in the period in which it starts, in the zone of the space that is asked for; weeks start on
    Monday. `future` counts what is not over yet. With `peak`, only what lies in these weekly hours counts.
    """

    kind: Literal["quota"] = "quota"
    limit: int = Field(strict=True, ge=0, le=MINUTES_OF_A_YEAR)
    measure: Literal["bookings", "minutes"]
    per: Literal["day", "week", "month", "year", "future"]
    peak: Weekly | None = None

    looks_at: ClassVar = frozenset({Facet.START, Facet.END, Facet.LENGTH, Facet.ORGANIZER})
    more_is_worse: ClassVar = True
    stacks: ClassVar = True
    counts_others: ClassVar = True
    help: ClassVar = "Please give back a booking that is no longer needed, or ask for less."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find that the organizer would have more than the limit."""
        asks = self._measure(asked.window, asked.time_zone)
        if asked.organizer is None or not asks:
            return None
        period = self.period_of(asked.window.start, asked.now, asked.time_zone)
        has = sum(
            self._measure(Window(start=each.starts_at, end=each.ends_at), asked.time_zone)
            for each in asked.others
            if self._counts(each.starts_at, each.ends_at, period)
        )
        return Breach(limit=self.limit, actual=has + asks) if has + asks > self.limit else None

    def say(self, breach: Breach, place: Place) -> str:  # noqa: ARG002 - every rule says it of a place
        """Say the limit, and what the organizer would have."""
        period = f" a {self.per}" if self.per != "future" else ""
        peak = " at peak times" if self.peak is not None else ""
        most, would_have = self._say_amount(self.limit), self._say_amount(breach.actual or 0)
        return f"One organizer can have {most}{period}{peak} here, and would have {would_have} with this one."

    def period_of(self, start: datetime, now: datetime, time_zone: str) -> tuple[datetime, datetime | None]:
        """Return the period in which something that starts then counts, as instants; None is no end."""
        if self.per == "future":
            return now, None
        zone = ZoneInfo(time_zone)
        first, after = _period_of_day(self.per, start.astimezone(zone).date())
        return datetime.combine(first, time.min, zone), datetime.combine(after, time.min, zone)

    def _counts(self, starts_at: datetime, ends_at: datetime, period: tuple[datetime, datetime | None]) -> bool:
        opens, closes = period
        return ends_at > opens if closes is None else opens <= starts_at < closes

    def _measure(self, window: Window, time_zone: str) -> int:
        """Return how much of the quota a window uses."""
        minutes = sum(-((start - end) // A_MINUTE) for start, end in self._counted(window, time_zone))
        return min(minutes, 1) if self.measure == "bookings" else minutes

    def _counted(self, window: Window, time_zone: str) -> Iterator[tuple[datetime, datetime]]:
        if self.peak is None:
            yield window.start, window.end
            return
        for opens, closes in find_stretches(self.peak, window, time_zone):
            if max(opens, window.start) < min(closes, window.end):
                yield max(opens, window.start), min(closes, window.end)

    def _say_amount(self, amount: int) -> str:
        booking = "upcoming booking" if self.per == "future" else "booking"
        if not amount:
            return f"no {booking}s"
        return say_count(amount, booking) if self.measure == "bookings" else f"{say_minutes(amount)} of {booking}s"


class Concurrency(Rule):
    """One organizer has at most so many spaces at a time."""

    kind: Literal["concurrency"] = "concurrency"
    spaces: Count

    looks_at: ClassVar = frozenset({Facet.START, Facet.END, Facet.ORGANIZER})
    more_is_worse: ClassVar = True
    counts_others: ClassVar = True
    another_time_helps: ClassVar = True
    help: ClassVar = "Please give back a room that is no longer needed, or choose another time."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find an instant at which the organizer would have more spaces than allowed."""
        if asked.organizer is None:
            return None
        window = asked.window
        at_once = [
            (max(each.starts_at, window.start), min(each.ends_at, window.end))
            for each in asked.others
            if each.starts_at < window.end and each.ends_at > window.start
        ]
        spaces = 1 + most_at_once(at_once)
        return Breach(limit=self.spaces, actual=spaces) if spaces > self.spaces else None

    def say(self, breach: Breach, place: Place) -> str:  # noqa: ARG002 - every rule says it of a place
        """Say how many spaces one organizer can have, and how many it would be."""
        most = say_count(self.spaces, "room")
        return f"One organizer can have {most} at a time here, and would have {breach.actual} with this one."

    def covers(self, other: Rule) -> bool:
        """Whether the other rule allows no fewer spaces."""
        return isinstance(other, Concurrency) and self.spaces <= other.spaces


def most_at_once(stretches: Iterable[tuple[datetime, datetime]]) -> int:
    """Return how many of some half-open stretches overlap at most."""
    edges = sorted(edge for start, end in stretches for edge in ((end, -1), (start, 1)) if start < end)
    most = current = 0
    for _, step in edges:
        current += step
        most = max(most, current)
    return most


def _period_of_day(per: str, day: date) -> tuple[date, date]:
    """Return the first day of a period and the first day after it."""
    if per == "day":
        return day, day + timedelta(days=1)
    if per == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if per == "month":
        after = day.replace(day=1) + timedelta(days=32)
        return day.replace(day=1), after.replace(day=1)
    return date(day.year, _FIRST_MONTH, 1), date(day.year + 1, _FIRST_MONTH, 1)
