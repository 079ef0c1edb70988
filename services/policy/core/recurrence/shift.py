"""Move every date of a recurrence by the same number of days, where the pattern can say so.

A new time of day needs nothing of this: the recurrence has dates only. Days of the week move with their week, and a day
of the month as long as it stays within each of its months, which 1 to 28 do. The nth weekday of a month, its last day
and what only RFC 5545 can say do not move: the days after them are no pattern.
"""

from dataclasses import replace
from datetime import date, timedelta

from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence, RecurrenceRule, Weekday

_SURE_DAYS = range(1, 29)


def shift(recurrence: Recurrence, days: int) -> Recurrence:
    """Return the recurrence with every date, end and exclusion so many days later, or earlier if negative.

    Raises `InvalidRecurrence` with a full sentence if its pattern cannot be moved so.
    """
    if days == 0:
        return recurrence
    try:
        by = timedelta(days=days)
        rules = tuple(
            replace(_shift_pattern(rule, days), since=rule.since + by, until=_shifted(rule.until, by))
            for rule in recurrence.rules
        )
        return Recurrence(rules, frozenset(each + by for each in recurrence.excluded))
    except OverflowError:
        raise InvalidRecurrence("The series cannot be moved that far.") from None


def _shift_pattern(rule: RecurrenceRule, days: int) -> RecurrenceRule:
    picks_more = rule.positions or rule.year_days or rule.week_numbers
    if not picks_more and rule.frequency == "DAILY" and not (rule.months or rule.month_days or rule.weekdays):
        return rule
    if not picks_more and rule.frequency == "WEEKLY" and not rule.months:
        moved = sorted((each.day + days) % 7 for each in rule.weekdays)
        start = (rule.week_start + days) % 7 if rule.interval > 1 and len(moved) > 1 else 0
        return replace(rule, weekdays=tuple(Weekday(day) for day in moved), week_start=start)
    later = tuple(day + days for day in rule.month_days)
    is_by_day = bool(later) and not (picks_more or rule.weekdays) and rule.frequency in {"MONTHLY", "YEARLY"}
    if is_by_day and all(day in _SURE_DAYS for day in (*rule.month_days, *later)):
        return replace(rule, month_days=later)
    raise InvalidRecurrence(
        f"This series cannot be moved by {abs(days)} {'day' if abs(days) == 1 else 'days'}, because no recurrence has "
        "the dates that would follow. Keep its first date, or cancel the series and book another one."
    )


def _shifted(until: date | None, by: timedelta) -> date | None:
    return None if until is None else until + by
