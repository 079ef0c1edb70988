"""Recurrences as Microsoft Graph has them, `{pattern, range}`: read into rules, and written where one pattern will do.

A month that has no such day as an absolute pattern asks for has its last day instead, unlike in RFC 5545, where it has
none. Of a relative pattern with several days, the first, second … last of all of them counts.

Source: https://learn.microsoft.com/graph/api/resources/recurrencepattern
Source: https://learn.microsoft.com/graph/api/resources/recurrencerange
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.contracts.values import Window
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence, RecurrenceRule, Weekday
from services.policy.core.recurrence.settle import settle
from services.policy.core.recurrence.zones import agree
from services.policy.core.times import say_date

DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PatternType = Literal["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"]
Index = Literal["first", "second", "third", "fourth", "last"]
Range = Literal["endDate", "noEnd", "numbered"]

MOST_DATES = 999
"""So many dates a numbered range of Exchange has at most.
Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/numberofoccurrences"""

_DAYS: tuple[DayName, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_POSITIONS: dict[Index, int] = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_INDEXES = {position: index for index, position in _POSITIONS.items()}
_SHORTEST_MONTH = 28
_LEAP_YEAR = 2000
_NEEDS: dict[PatternType, tuple[str, ...]] = {
    "daily": (),
    "weekly": ("daysOfWeek",),
    "absoluteMonthly": ("dayOfMonth",),
    "relativeMonthly": ("daysOfWeek",),
    "absoluteYearly": ("dayOfMonth", "month"),
    "relativeYearly": ("daysOfWeek", "month"),
}


class Pattern(BaseModel):
    """How a series repeats. What its type does not use is ignored, because Graph's own answers fill it in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: PatternType
    interval: Annotated[int, Field(ge=1, le=999)] = 1
    month: Annotated[int, Field(ge=0, le=12)] = 0
    dayOfMonth: Annotated[int, Field(ge=0, le=31)] = 0  # noqa: N815 - Graph's name
    daysOfWeek: Annotated[tuple[DayName, ...], Field(max_length=7)] = ()  # noqa: N815 - Graph's name
    firstDayOfWeek: DayName = "sunday"  # noqa: N815 - Graph's name
    index: Index = "first"


class Limits(BaseModel):
    """From when to when a series repeats: Graph's range. Dates are in `recurrenceTimeZone`, or the group's zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Range
    startDate: date  # noqa: N815 - Graph's name
    endDate: date | None = None  # noqa: N815 - Graph's name
    numberOfOccurrences: Annotated[int | None, Field(ge=0, le=MOST_DATES)] = None  # noqa: N815 - Graph's name
    recurrenceTimeZone: Annotated[str | None, Field(max_length=100)] = None  # noqa: N815 - Graph's name


class PatternedRecurrence(BaseModel):
    """A recurrence as Microsoft Graph has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: Pattern
    range: Limits


def from_graph(recurrence: Mapping[str, Any] | PatternedRecurrence, first: Window, time_zone: str) -> Recurrence:
    """Read Graph's recurrence of a group whose first date is at `first`, in the IANA zone of the group.

    Raises `InvalidRecurrence` with a full sentence if it cannot be read, its zone is not the group's, its start date is
    not that of `first`, or the start is not on the pattern.
    """
    found = recurrence if isinstance(recurrence, PatternedRecurrence) else _validate(recurrence)
    start, limits = first.start.astimezone(ZoneInfo(time_zone)).date(), found.range
    named = limits.recurrenceTimeZone
    if named and not agree(named, time_zone, start):
        raise InvalidRecurrence(
            f"The recurrence is in the time zone {named!r}, but the series in {time_zone}. Name the same zone, or none."
        )
    if limits.startDate != start:
        raise InvalidRecurrence(
            f"The range starts on {say_date(limits.startDate)}, but the series on {say_date(start)} ({time_zone}). "
            "Both have to be the same date."
        )
    return settle([_rule_of(found.pattern, limits)], frozenset())


def as_graph(recurrence: Recurrence, time_zone: str, until: date | None = None) -> dict[str, Any] | None:
    """Return the recurrence as Graph has it, or None if no single pattern of Graph's has the same dates.

    With `until`, its range ends with that date, whatever it did before. Excluded dates are not in it: a series has them
    as dates of their own that are not there. The zone is the group's IANA name.
    """
    if len(recurrence.rules) != 1:
        return None
    rule = recurrence.rules[0]
    pattern, limits = _pattern_of(rule), _range_of(rule, until)
    if pattern is None or limits is None:
        return None
    bounds = {"startDate": rule.since.isoformat(), "recurrenceTimeZone": time_zone}
    return {"pattern": {**pattern, "interval": rule.interval}, "range": {**limits, **bounds}}


def month_day(day: int, month: int | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the days and positions of a rule for a day of the month, or the last one where a month has no such day."""
    longest = 31 if month is None else monthrange(_LEAP_YEAR, month)[1]
    shortest = _SHORTEST_MONTH if month in {None, 2} else longest
    if day <= shortest:
        return (day,), ()
    return ((-1,), ()) if day >= longest else (tuple(range(shortest, day + 1)), (-1,))


def _validate(recurrence: Mapping[str, Any]) -> PatternedRecurrence:
    try:
        return PatternedRecurrence.model_validate(recurrence)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:80] or "recurrence"
        raise InvalidRecurrence(f"The recurrence cannot be read. {where}: {first['msg'].rstrip('.')}.") from None


def _rule_of(pattern: Pattern, limits: Limits) -> RecurrenceRule:
    missing = [name for name in _NEEDS[pattern.type] if not getattr(pattern, name)]
    if missing:
        raise InvalidRecurrence(f"A pattern of the type {pattern.type} needs {' and '.join(missing)}.")
    count, until = _end_of(limits)
    month = pattern.month if pattern.type.endswith("Yearly") else None
    days, positions = month_day(pattern.dayOfMonth, month) if pattern.type.startswith("absolute") else ((), ())
    if pattern.type.startswith("relative"):
        positions = (_POSITIONS[pattern.index],)
    names = pattern.daysOfWeek if "daysOfWeek" in _NEEDS[pattern.type] else ()
    return RecurrenceRule(
        frequency=_frequency_of(pattern.type),
        since=limits.startDate,
        interval=pattern.interval,
        months=() if month is None else (month,),
        month_days=days,
        weekdays=tuple(Weekday(day) for day in sorted({_DAYS.index(name) for name in names})),
        positions=positions,
        week_start=_DAYS.index(pattern.firstDayOfWeek),
        count=count,
        until=until,
    )


def _frequency_of(kind: PatternType) -> Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]:
    if kind == "daily":
        return "DAILY"
    if kind == "weekly":
        return "WEEKLY"
    return "MONTHLY" if kind.endswith("Monthly") else "YEARLY"


def _end_of(limits: Limits) -> tuple[int | None, date | None]:
    if limits.type == "numbered":
        if not limits.numberOfOccurrences:
            raise InvalidRecurrence("A range of the type numbered needs numberOfOccurrences.")
        return limits.numberOfOccurrences, None
    if limits.type == "endDate" and limits.endDate is None:
        raise InvalidRecurrence("A range of the type endDate needs endDate.")
    return None, limits.endDate if limits.type == "endDate" else None


def _pattern_of(rule: RecurrenceRule) -> dict[str, Any] | None:
    if rule.year_days or rule.week_numbers or any(day.nth for day in rule.weekdays):
        return None
    days = [_DAYS[each.day] for each in rule.weekdays]
    if rule.frequency in {"DAILY", "WEEKLY"}:
        return _by_days_or_weeks(rule, days)
    period, of_year = ("Monthly", {}) if rule.frequency == "MONTHLY" else ("Yearly", {"month": sum(rule.months[:1])})
    if len(rule.months) != len(of_year):
        return None
    if rule.month_days:
        day = None if days else _day_of_month(rule)
        return None if day is None else {"type": f"absolute{period}", "dayOfMonth": day, **of_year}
    if not days or len(rule.positions) != 1 or rule.positions[0] not in _INDEXES:
        return None
    return {"type": f"relative{period}", "daysOfWeek": days, "index": _INDEXES[rule.positions[0]], **of_year}


def _by_days_or_weeks(rule: RecurrenceRule, days: list[DayName]) -> dict[str, Any] | None:
    if rule.months or rule.month_days or rule.positions:
        return None
    if rule.frequency == "WEEKLY":
        return {"type": "weekly", "daysOfWeek": days, "firstDayOfWeek": _DAYS[rule.week_start]}
    return None if days else {"type": "daily"}


def _day_of_month(rule: RecurrenceRule) -> int | None:
    """Return the day that Graph would take for the days of a rule; None if it has no such word."""
    month = rule.months[0] if rule.months else None
    asked = (rule.month_days, rule.positions)
    return next((day for day in range(1, 32) if month_day(day, month) == asked), None)


def _range_of(rule: RecurrenceRule, until: date | None) -> dict[str, Any] | None:
    last = until or rule.until
    if last is not None:
        return {"type": "endDate", "endDate": last.isoformat()}
    if rule.count is None:
        return {"type": "noEnd"}
    return {"type": "numbered", "numberOfOccurrences": rule.count} if rule.count <= MOST_DATES else None
