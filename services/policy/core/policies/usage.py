"""Rules about how much one organizer books: over a period, and at a time.

Both count the live bookings of the organizer in all spaces that the rule is attached to. A booking without an organizer
is nobody's, and is not counted.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from services.policy.core.place import Place
from services.policy.core.policies.clocks import first_shown
from services.policy.core.policies.hours import find_stretches
from services.policy.core.policies.parameters import MINUTES_OF_A_YEAR, Count, Weekly
from services.policy.core.policies.phrases import say_count, say_minutes
from services.policy.core.policies.rule import A_MINUTE, Asked, Breach, Facet, Rule


class Quota(Rule):
    """One organizer has so many bookings, or so many minutes, at most in a day, week, month or year, or to come.

    A booking counts in the period in which it starts, in the zone of the space that is asked for; weeks start on
    Monday. `future` counts what is not over yet. With `peak`, only what lies in these weekly hours counts.
    """

    kind: Literal["quota"] = "quota"
    limit: int = Field(
        strict=True,
        ge=0,
        le=MINUTES_OF_A_YEAR,
        description="The most that one organizer may have, with what is asked for; exactly as much is allowed.",
    )
    measure: Literal["bookings", "minutes"] = Field(
        description="What the limit counts: bookings, or their minutes, each rounded up."
    )
    per: Literal["day", "week", "month", "year", "future"] = Field(
        description="The period that the limit is for, in the space's zone; `future` is all that is not over yet."
    )
    peak: Weekly | None = Field(
        None, description="Weekly hours in the space's zone, outside which nothing counts; all counts, if left out."
    )

    looks_at: ClassVar = frozenset({Facet.START, Facet.END, Facet.LENGTH, Facet.ORGANIZER})
    more_is_worse: ClassVar = True
    stacks: ClassVar = True
    counts_others: ClassVar = True
    help: ClassVar = "Please give back a booking that is no longer needed, or ask for less."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find that the organizer would have more than the limit."""
        asks = self._measure(asked.window.start, asked.window.end, asked.time_zone)
        if asked.organizer is None or not asks:
            return None
        opens, closes = self.period_of(asked.window.start, asked.now, asked.time_zone)
        if closes is None:
            counted = [each for each in asked.others if each.ends_at > opens]
        else:
            counted = [each for each in asked.others if opens <= each.starts_at < closes]
        has = sum([self._measure(each.starts_at, each.ends_at, asked.time_zone) for each in counted])
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
        first, after = _period_of_day(self.per, start.astimezone(ZoneInfo(time_zone)).date())
        return first_shown(first, "00:00", time_zone), first_shown(after, "00:00", time_zone)

    def _measure(self, start: datetime, end: datetime, time_zone: str) -> int:
        """Return how much of the quota something from then until then uses."""
        if self.peak is None:
            return 1 if self.measure == "bookings" else -((start - end) // A_MINUTE)
        stretches = find_stretches(self.peak, start, end, time_zone)
        at_peak = ((max(opens, start), min(closes, end)) for opens, closes in stretches)
        minutes = sum(-((opens - closes) // A_MINUTE) for opens, closes in at_peak if opens < closes)
        return min(minutes, 1) if self.measure == "bookings" else minutes

    def _say_amount(self, amount: int) -> str:
        booking = "upcoming booking" if self.per == "future" else "booking"
        if not amount:
            return f"no {booking}s"
        return say_count(amount, booking) if self.measure == "bookings" else f"{say_minutes(amount)} of {booking}s"


class Concurrency(Rule):
    """One organizer has at most so many spaces at a time."""

    kind: Literal["concurrency"] = "concurrency"
    spaces: Count = Field(
        description="The most spaces at one time, with the one asked for; exactly as many are allowed. A booking that "
        "ends when another starts is not at the same time."
    )

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
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)
