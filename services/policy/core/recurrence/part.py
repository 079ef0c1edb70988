"""Part a recurrence at a date: what is before it, and what is from it on. Together both have the dates of the whole."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile

from services.policy.core.recurrence.expand import dates
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence, RecurrenceRule


def cut_before(recurrence: Recurrence, day: date) -> Recurrence:
    """Return the recurrence with its dates before that day only. Raises `InvalidRecurrence` if it has none."""
    rules = tuple(_end_before(rule, day) for rule in recurrence.rules if rule.since < day)
    return _with_dates(rules, frozenset(each for each in recurrence.excluded if each < day), f"before {day}")


def from_date(recurrence: Recurrence, day: date) -> Recurrence:
    """Return the recurrence with its dates from that day on; what ends after a number of dates has what is left of it.

    Its intervals go on as before. Raises `InvalidRecurrence` if it has no dates then.
    """
    found = (_begin_at(rule, day) for rule in recurrence.rules)
    rules = tuple(rule for rule in found if rule is not None)
    return _with_dates(rules, frozenset(each for each in recurrence.excluded if each >= day), f"on or after {day}")


def _end_before(rule: RecurrenceRule, day: date) -> RecurrenceRule:
    last = day - timedelta(days=1)
    if rule.count is None:
        return replace(rule, until=min(last, rule.until or last))
    passed = sum(1 for _ in takewhile(lambda each: each < day, rule.days()))
    return rule if passed == rule.count else replace(rule, count=None, until=last)


def _begin_at(rule: RecurrenceRule, day: date) -> RecurrenceRule | None:
    if day <= rule.since:
        return rule
    for passed, each in enumerate(rule.days()):
        if each >= day:
            return replace(rule, since=each, count=None if rule.count is None else rule.count - passed)
    return None


def _with_dates(rules: tuple[RecurrenceRule, ...], excluded: frozenset[date], where: str) -> Recurrence:
    found = Recurrence(rules, excluded)
    if next(dates(found), None) is None:
        raise InvalidRecurrence(f"The series has no dates {where}, so it cannot be parted there.")
    return found
