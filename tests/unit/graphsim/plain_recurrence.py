"""Recurrences expanded a second time, day by day with plain arithmetic, as a witness against the simulator's own.

It shares nothing with the simulator, not even a library: a day is looked at and fits the pattern, or does not.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
DAY = timedelta(days=1)
Json = dict[str, Any]


def plain_days(recurrence: Json, horizon: date) -> list[date]:
    """Every day of the recurrence that is before the horizon."""
    limits = recurrence["range"]
    end = min(horizon, date.fromisoformat(limits["endDate"]) + DAY) if limits["type"] == "endDate" else horizon
    fitting = _fitting(recurrence["pattern"], date.fromisoformat(limits["startDate"]), end)
    return list(islice(fitting, limits["numberOfOccurrences"] if limits["type"] == "numbered" else None))


def _fitting(pattern: Json, start: date, end: date) -> Iterator[date]:
    """Intervals count from the first day that fits the pattern."""
    first: date | None = None
    day = start
    while day < end:
        if _fits(pattern, day):
            first = first or day
            if _periods_between(pattern, first, day) % pattern["interval"] == 0:
                yield day
        day += DAY


def _fits(pattern: Json, day: date) -> bool:
    kind = pattern["type"]
    if kind == "daily":
        return True
    if kind == "weekly":
        return _weekday(day) in set(pattern["daysOfWeek"])
    if kind.endswith("Yearly") and day.month != pattern["month"]:
        return False
    length = monthrange(day.year, day.month)[1]
    if kind.startswith("absolute"):
        return day.day == min(int(pattern["dayOfMonth"]), length)
    days = [day.replace(day=number) for number in range(1, length + 1)]
    fitting = [each for each in days if _weekday(each) in pattern["daysOfWeek"]]
    return day == fitting[PLACES[pattern.get("index", "first")]]


def _periods_between(pattern: Json, first: date, day: date) -> int:
    kind = pattern["type"]
    if kind == "daily":
        return (day - first).days
    if kind == "weekly":
        begins = WEEKDAYS.index(pattern.get("firstDayOfWeek", "sunday"))
        weeks = [each - timedelta(days=(each.weekday() - begins) % 7) for each in (first, day)]
        return (weeks[1] - weeks[0]).days // 7
    if kind.endswith("Monthly"):
        return 12 * (day.year - first.year) + day.month - first.month
    return day.year - first.year


def _weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def plain_instant(wall: datetime, zone: str) -> datetime:
    """The UTC instant of a wall time: the earlier of two, and as before the gap where there is none."""
    # The offset that was in force a day before holds for the first of two and for what the gap skips.
    there = ZoneInfo(zone)
    offset_before = (wall - DAY).replace(tzinfo=there).utcoffset()
    offset_after = (wall + DAY).replace(tzinfo=there).utcoffset()
    assert offset_before is not None
    assert offset_after is not None
    candidates = [(wall - offset).replace(tzinfo=UTC) for offset in (offset_before, offset_after)]
    real = [each for each in candidates if each.astimezone(there).replace(tzinfo=None) == wall]
    return min(real) if real else candidates[0]
