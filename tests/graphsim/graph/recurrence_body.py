"""A recurrence as callers write it: checked, and filled up as Exchange keeps it.

Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern
Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencerange
"""

from datetime import date

from tests.graphsim.exchange.recurrence import DAYS, POSITIONS
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.timezones import zone
from tests.graphsim.refusals import invalid_property

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


def read_recurrence(recurrence: Json) -> Json:
    """Take a recurrence in with Exchange's fillers for what is unused; one that cannot be expanded is a 400."""
    pattern, limits = recurrence.get("pattern"), recurrence.get("range")
    if not isinstance(pattern, dict) or not isinstance(limits, dict):
        raise invalid_property("A recurrence needs a pattern and a range.")
    _check_pattern(pattern)
    _check_range(limits)
    return {"pattern": _filled(PATTERN, pattern), "range": _filled(RANGE, limits)}


def _filled(fillers: Json, value: Json) -> Json:
    return {name: value.get(name) or filler for name, filler in fillers.items()}


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
    if limits.get("recurrenceTimeZone"):
        zone(limits["recurrenceTimeZone"])
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
