"""Which days a recurring event falls on: six patterns in three ranges.

The first day that fits the pattern is the first occurrence, and intervals count from there: what repeats on the first
Thursday of every other month from the 29th of August on begins in September.

Source: https://learn.microsoft.com/en-us/graph/outlook-schedule-recurring-events (the last example)
Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern
Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencerange
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import takewhile
from typing import Any, Literal

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule

Json = dict[str, Any]

DAYS = {"sunday": SU, "monday": MO, "tuesday": TU, "wednesday": WE, "thursday": TH, "friday": FR, "saturday": SA}
POSITIONS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
SHORTEST_MONTH = 28


def days(recurrence: Json, before: date) -> Iterator[date]:
    """The days of the series in order, those before `before`; a numbered or ended series may stop earlier."""
    limits = recurrence["range"]
    last = date.fromisoformat(limits["endDate"]) if limits["type"] == "endDate" else date.max
    first = next(iter(_rule(recurrence | {"pattern": recurrence["pattern"] | {"interval": 1}})), None)
    falls_on = () if first is None else (moment.date() for moment in _rule(recurrence, first))
    return takewhile(lambda day: day < before and day <= last, falls_on)


def _rule(recurrence: Json, start: datetime | None = None) -> rrule:
    pattern, limits = recurrence["pattern"], recurrence["range"]
    rule: dict[str, Any] = {
        "dtstart": start or datetime.combine(date.fromisoformat(limits["startDate"]), time()),
        "interval": pattern["interval"],
        "count": limits["numberOfOccurrences"] if limits["type"] == "numbered" else None,
    }
    kind = pattern["type"]
    weekdays = [DAYS[day] for day in pattern.get("daysOfWeek") or ()]
    if kind == "daily":
        return rrule(DAILY, **rule)
    if kind == "weekly":
        return rrule(WEEKLY, byweekday=weekdays, wkst=DAYS[pattern.get("firstDayOfWeek") or "sunday"], **rule)
    if kind.endswith("Yearly"):
        rule["bymonth"] = pattern["month"]
    frequency: Literal[0, 1] = YEARLY if kind.endswith("Yearly") else MONTHLY
    if kind.startswith("relative"):
        return rrule(frequency, byweekday=weekdays, bysetpos=POSITIONS[pattern.get("index") or "first"], **rule)
    return rrule(frequency, **_month_day(pattern["dayOfMonth"]), **rule)


def _month_day(day: int) -> dict[str, Any]:
    """The day of the month; a month that has no such day has its last one instead."""
    if day <= SHORTEST_MONTH:
        return {"bymonthday": day}
    return {"bymonthday": list(range(SHORTEST_MONTH, day + 1)), "bysetpos": -1}


def in_zone(recurrence: Json, zone: str) -> Json:
    """The recurrence with its dates in the event's zone, unless it names its own."""
    if recurrence["range"]["recurrenceTimeZone"]:
        return recurrence
    return recurrence | {"range": recurrence["range"] | {"recurrenceTimeZone": zone}}
