"""Settle rules as they were asked for: say what they imply, write what is the same alike, and insist on dates.

Outlook would begin a series whose start is not on its pattern on another day than was asked for; RFC 5545 leaves open
what that means. Here it is refused, with the first date that would do.

Source: https://learn.microsoft.com/graph/outlook-schedule-recurring-events (the last example)
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.policy.core.recurrence.expand import dates
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence, RecurrenceRule, Weekday, first_date
from services.policy.core.times import say_date


def settle(rules: Sequence[RecurrenceRule], excluded: frozenset[date]) -> Recurrence:
    """Return the recurrence of rules whose `since` is the start that was asked for.

    Raises `InvalidRecurrence` if a rule has no date, if the start is on none of them, if an excluded date is none of
    theirs, or if none is left.
    """
    start = rules[0].since
    found = Recurrence(tuple(begin(canonical(rule)) for rule in rules))
    if found.since != start:
        raise InvalidRecurrence(
            f"The start is on {say_date(start)}, which is not a date of the recurrence. Start on "
            f"{say_date(found.since)}, its first date from then on, or change the recurrence."
        )
    _insist_on_dates(found, excluded)
    return replace(found, excluded=excluded)


def begin(rule: RecurrenceRule) -> RecurrenceRule:
    """Return a rule with its first date as its `since`."""
    if rule.until is not None and rule.until < rule.since:
        raise InvalidRecurrence(
            f"The recurrence ends on {say_date(rule.until)}, before the start on {say_date(rule.since)}."
        )
    found = first_date(rule)
    if found is None:
        raise InvalidRecurrence(f"The recurrence has no date on or after its start on {say_date(rule.since)}.")
    return replace(rule, since=found)


def canonical(rule: RecurrenceRule) -> RecurrenceRule:
    """Return a rule with what its start implies, written as every rule is that has the same dates as far as we see."""
    return _without_idle_week_start(_by_position(_by_weekday(_imply(rule))))


def _imply(rule: RecurrenceRule) -> RecurrenceRule:
    if rule.month_days or rule.year_days or rule.week_numbers or rule.weekdays:
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, weekdays=(Weekday(rule.since.weekday()),))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=(rule.since.day,))
    if rule.frequency == "YEARLY":
        return replace(rule, months=rule.months or (rule.since.month,), month_days=(rule.since.day,))
    return rule


def _by_weekday(rule: RecurrenceRule) -> RecurrenceRule:
    """Every day that is one of some weekdays is each week on these."""
    if rule.frequency == "DAILY" and rule.interval == 1 and rule.weekdays and not rule.month_days:
        return replace(rule, frequency="WEEKLY")
    return rule


def _by_position(rule: RecurrenceRule) -> RecurrenceRule:
    """The second Tuesday is the second of all Tuesdays, and a month's day of all is the one that is there."""
    is_of_a_month = rule.frequency == "MONTHLY" or len(rule.months) == 1
    others = rule.month_days or rule.year_days or rule.week_numbers or rule.positions
    if rule.frequency in {"MONTHLY", "YEARLY"} and is_of_a_month and len(rule.weekdays) == 1 and not others:
        day = rule.weekdays[0]
        if day.nth is not None:
            return replace(rule, weekdays=(Weekday(day.day),), positions=(day.nth,))
    return rule


def _without_idle_week_start(rule: RecurrenceRule) -> RecurrenceRule:
    counts_weeks = rule.frequency == "WEEKLY" and rule.interval > 1 and len(rule.weekdays) > 1
    picks_in_weeks = rule.frequency == "WEEKLY" and bool(rule.positions)
    return rule if counts_weeks or picks_in_weeks or rule.week_numbers else replace(rule, week_start=0)


def _insist_on_dates(found: Recurrence, excluded: frozenset[date]) -> None:
    wanted, last = set(excluded), max(excluded, default=date.min)
    for day in dates(found):
        if not wanted and day not in excluded:
            return
        wanted.discard(day)
        if day > last:
            break
    if wanted:
        raise InvalidRecurrence(
            f"{say_date(min(wanted))} is excluded, but it is not a date of the recurrence. "
            "Exclude only dates that the recurrence has."
        )
    if next(dates(replace(found, excluded=excluded)), None) is None:
        raise InvalidRecurrence("Every date of the recurrence is excluded. Leave at least one.")
