"""Which days a recurring event falls on: six patterns in three ranges.

Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern
Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencerange
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import takewhile
from typing import Any, Literal

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule

from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.refusals import invalid_property

DAYS = {"sunday": SU, "monday": MO, "tuesday": TU, "wednesday": WE, "thursday": TH, "friday": FR, "saturday": SA}
POSITIONS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
SHORTEST_MONTH = 28
MOST_OCCURRENCES = 999
PATTERN: Json = {
    "type": "",
    "interval": 1,
    "month": 0,
    "dayOfMonth": 0,
    "daysOfWeek": [],
    "firstDayOfWeek": "sunday",
    "index": "first",
}
RANGE: Json = {
    "type": "",
    "startDate": "",
    "endDate": "0001-01-01",
    "recurrenceTimeZone": "",
    "numberOfOccurrences": 0,
}
NEEDED: dict[str, tuple[str, ...]] = {
    "daily": (),
    "weekly": ("daysOfWeek",),
    "absoluteMonthly": ("dayOfMonth",),
    "relativeMonthly": ("daysOfWeek",),
    "absoluteYearly": ("dayOfMonth", "month"),
    "relativeYearly": ("daysOfWeek", "month"),
}


def days(recurrence: Json, before: date) -> Iterator[date]:
    """The days of the series in order, those before `before`; a numbered or ended series may stop earlier."""
    limits = recurrence["range"]
    last = date.fromisoformat(limits["endDate"]) if limits["type"] == "endDate" else date.max
    falls_on = (moment.date() for moment in _rule(recurrence))
    return takewhile(lambda day: day < before and day <= last, falls_on)


def _rule(recurrence: Json) -> rrule:
    pattern, limits = recurrence["pattern"], recurrence["range"]
    rule: dict[str, Any] = {
        "dtstart": datetime.combine(date.fromisoformat(limits["startDate"]), time()),
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


def read(recurrence: Json) -> Json:
    """Take a recurrence in with Exchange's fillers for what is unused; one that cannot be expanded is a 400."""
    pattern, limits = recurrence.get("pattern"), recurrence.get("range")
    if not isinstance(pattern, dict) or not isinstance(limits, dict):
        raise invalid_property("A recurrence needs a pattern and a range.")
    _check_pattern(pattern)
    _check_range(limits)
    return {"pattern": _filled(PATTERN, pattern), "range": _filled(RANGE, limits)}


def _filled(fillers: Json, value: Json) -> Json:
    return {name: value.get(name) or filler for name, filler in fillers.items()}


def in_zone(recurrence: Json, zone: str) -> Json:
    """The recurrence with its dates in the event's zone, unless it names its own."""
    if recurrence["range"]["recurrenceTimeZone"]:
        return recurrence
    return recurrence | {"range": recurrence["range"] | {"recurrenceTimeZone": zone}}


def _check_pattern(pattern: Json) -> None:
    needed = NEEDED.get(str(pattern.get("type")))
    if needed is None:
        raise invalid_property(f"The recurrence pattern's type must be one of {', '.join(NEEDED)}.")
    missing = [name for name in ("interval", *needed) if not pattern.get(name)]
    if missing:
        raise invalid_property(f"The recurrence pattern lacks {', '.join(missing)}.")
    weekdays = pattern.get("daysOfWeek") or []
    ok = (
        _is_within(pattern["interval"], 1, 999)
        and _is_within(pattern.get("dayOfMonth") or 1, 1, 31)
        and _is_within(pattern.get("month") or 1, 1, 12)
        and all(day in DAYS for day in weekdays)
        and (pattern.get("firstDayOfWeek") or "sunday") in DAYS
        and (pattern.get("index") or "first") in POSITIONS
    )
    if not ok:
        raise invalid_property("The recurrence pattern has a value out of range.")


def _check_range(limits: Json) -> None:
    kind = limits.get("type")
    if kind not in {"endDate", "numbered", "noEnd"}:
        raise invalid_property("The recurrence range's type must be endDate, numbered or noEnd.")
    if kind == "numbered" and not _is_within(limits.get("numberOfOccurrences"), 1, MOST_OCCURRENCES):
        raise invalid_property(f"numberOfOccurrences must be from 1 to {MOST_OCCURRENCES}.")
    try:
        first = date.fromisoformat(limits["startDate"])
        if kind == "endDate" and date.fromisoformat(limits["endDate"]) < first:
            raise invalid_property("The recurrence ends before it starts.")
    except (KeyError, TypeError, ValueError) as wrong:
        raise invalid_property("The recurrence range needs its dates as yyyy-MM-dd.") from wrong


def _is_within(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
