"""Recurrences as people think of them, and as Graph writes them: which days, from when on, and until when.

Source: https://learn.microsoft.com/graph/api/resources/patternedrecurrence
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from deploy.driver.http import Json

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NO_END = "0001-01-01"


@dataclass(frozen=True, slots=True)
class OutlookRecurrence:
    """A pattern from its first day on, `count` times, or until its `last` day, or without an end; days are in `zone`.

    An empty zone is that of the event.
    """

    pattern: Json
    first: date
    count: int | None = None
    last: date | None = None
    zone: str = ""

    @classmethod
    def of(cls, series: Json) -> Self:
        """Read the recurrence of a series as Graph shows it."""
        limits = series["recurrence"]["range"]
        return cls(
            pattern=series["recurrence"]["pattern"],
            first=date.fromisoformat(limits["startDate"]),
            count=limits["numberOfOccurrences"] if limits["type"] == "numbered" else None,
            last=date.fromisoformat(limits["endDate"]) if limits["type"] == "endDate" else None,
            zone=limits["recurrenceTimeZone"],
        )

    def times(self, count: int) -> Self:
        """Return the same with that many occurrences."""
        return replace(self, count=count, last=None)

    def until(self, last: date) -> Self:
        """Return the same up to and with that day."""
        return replace(self, count=None, last=last)

    def starting(self, first: date) -> Self:
        """Return the same from another day on."""
        return replace(self, first=first)

    @property
    def body(self) -> Json:
        """The recurrence as Graph takes it."""
        kind = "numbered" if self.count is not None else "endDate" if self.last is not None else "noEnd"
        limits = {"type": kind, "startDate": self.first.isoformat(), "numberOfOccurrences": self.count or 0}
        limits["endDate"] = NO_END if self.last is None else self.last.isoformat()
        limits["recurrenceTimeZone"] = self.zone
        return {"pattern": self.pattern, "range": limits}


def daily(first: date, *, every: int = 1) -> OutlookRecurrence:
    """Every so many days."""
    return OutlookRecurrence({"type": "daily", "interval": every}, first)


def weekly(first: date, *days: str, every: int = 1) -> OutlookRecurrence:
    """Every so many weeks, on the weekday of the first day unless `days` are named."""
    on = list(days) or [WEEKDAYS[first.weekday()]]
    return OutlookRecurrence({"type": "weekly", "interval": every, "daysOfWeek": on, "firstDayOfWeek": "monday"}, first)


def monthly(first: date, *, every: int = 1) -> OutlookRecurrence:
    """Every so many months, on the same day of the month."""
    return OutlookRecurrence({"type": "absoluteMonthly", "interval": every, "dayOfMonth": first.day}, first)
