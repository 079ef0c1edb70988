"""What a recurrence is made of: rules that say on which dates it falls, with nothing left to guess.

A rule says all that RFC 5545 lets a start imply (the weekday of a weekly one, the day of a monthly one), so that it
means the same wherever it begins. Only dates are known here; the time of day is the group's.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAYS = (MO, TU, WE, TH, FR, SA, SU)
_FREQUENCIES: dict[str, Literal[0, 1, 2, 3]] = {
    "DAILY": DAILY,
    "WEEKLY": WEEKLY,
    "MONTHLY": MONTHLY,
    "YEARLY": YEARLY,
}
_CALENDAR_REPEATS = 400
_LAST_YEAR = date.max.year


class InvalidRecurrence(ValueError):
    """A recurrence cannot be read, or has no dates. Its text is a full sentence for whoever asked for it."""


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, 0 for Monday; with an `nth`, only that one of a month or year, from its end if negative."""

    day: int
    nth: int | None = None


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """One rule, whose first date is `since`. It ends after `count` dates or with the date `until`, or never.

    Of what picks dates (`months` to `positions`), nothing means no restriction. Days of months and years, weeks and
    positions count from the end if negative. `week_start` is 0 for Monday.
    """

    frequency: Frequency
    since: date
    interval: int = 1
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0
    count: int | None = None
    until: date | None = None

    def days(self) -> Iterator[date]:
        """Return its dates in order, lazily."""
        return (moment.date() for moment in _rrule(self, self.since))


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The dates of its rules, each of them once, without the excluded ones. Equal if rules and exclusions are.

    Its rules are in the order of their first dates, in whatever order they are given.
    """

    rules: tuple[RecurrenceRule, ...]
    excluded: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        in_order = sorted(set(self.rules), key=lambda rule: (rule.since, repr(rule)))
        object.__setattr__(self, "rules", tuple(in_order))

    @property
    def since(self) -> date:
        """Return the first date of the pattern, be it excluded or not."""
        return min(rule.since for rule in self.rules)


def first_date(rule: RecurrenceRule) -> date | None:
    """Return the first date of a rule on or after its `since`, which need not be on the rule; None if there is none.

    Its calendar repeats every 400 years, weekday for weekday. So it is looked for in the last 400 years that dateutil
    knows, where a search in vain soon comes to an end.
    """
    later = (_LAST_YEAR - rule.since.year) // _CALENDAR_REPEATS * _CALENDAR_REPEATS
    start = rule.since.replace(year=rule.since.year + later)
    moment = next(iter(_rrule(rule, start, is_endless=True)), None)
    if moment is None:
        return None
    found = moment.date().replace(year=moment.year - later)
    return found if rule.until is None or found <= rule.until else None


def _rrule(rule: RecurrenceRule, start: date, *, is_endless: bool = False) -> rrule:
    until = None if rule.until is None or is_endless else datetime.combine(rule.until, time())
    return rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=datetime.combine(start, time()),
        interval=rule.interval,
        wkst=rule.week_start,
        count=None if is_endless else rule.count,
        until=until,
        bymonth=rule.months or None,
        bymonthday=rule.month_days or None,
        byyearday=rule.year_days or None,
        byweekno=rule.week_numbers or None,
        byweekday=tuple(_DAYS[each.day](each.nth) if each.nth else _DAYS[each.day] for each in rule.weekdays) or None,
        bysetpos=rule.positions or None,
    )
