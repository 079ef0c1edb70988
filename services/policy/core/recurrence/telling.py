"""Say in words how a series recurs: each of its rules, and until when."""

from collections.abc import Mapping
from typing import Any

from libs.contracts.values import Window
from services.policy.core.policies.phrases import join_and, say_count
from services.policy.core.recurrence.graph import from_graph
from services.policy.core.recurrence.parts import write_rule
from services.policy.core.recurrence.rule import Frequency, InvalidRecurrence, Recurrence, RecurrenceRule, Weekday
from services.policy.core.recurrence.stored import read_text
from services.policy.core.times import say_date

_UNITS: dict[Frequency, str] = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


def say_series(rules: str | None, recurrence: Mapping[str, Any], first: Window, time_zone: str) -> str:
    """Say how a series recurs, by the rules that are kept of it, or as Outlook has it."""
    try:
        return say_recurrence(read_text(rules) if rules is not None else from_graph(recurrence, first, time_zone))
    except InvalidRecurrence:
        return "It recurs as Outlook has it, which no rule of ours says."


def say_recurrence(recurrence: Recurrence) -> str:
    """Say how a series recurs, one sentence for each of its rules, and how many of its dates are left out."""
    said = [_say_rule(each) for each in recurrence.rules]
    if recurrence.excluded:
        said.append(f"{say_count(len(recurrence.excluded), 'date')} of that left out.")
    return " ".join(said)


def _say_rule(rule: RecurrenceRule) -> str:
    unit = _UNITS[rule.frequency]
    every = f"Every {unit}" if rule.interval == 1 else f"Every {rule.interval} {unit}s"
    if rule.year_days or rule.week_numbers:
        return f"By the rule {write_rule(rule)}."
    on = _say_days(rule)
    months = f" in {join_and([_MONTHS[each - 1] for each in rule.months])}" if rule.months else ""
    return f"{every}{on}{months}, {_say_end(rule)}."


def _say_days(rule: RecurrenceRule) -> str:
    days = join_and([_say_weekday(each) for each in rule.weekdays])
    month_days = join_and([_say_month_day(each) for each in rule.month_days])
    if rule.positions:
        which = join_and([_NTH.get(each, f"number {each}") for each in rule.positions])
        return f" on the {which} {days}" if len(rule.weekdays) == 1 else f" on the {which} of {days or month_days}"
    parts = [f"on {each}" for each in (days, month_days) if each]
    return f" {' and '.join(parts)}" if parts else ""


def _say_weekday(day: Weekday) -> str:
    if day.nth is None:
        return _DAYS[day.day]
    return f"the {_NTH.get(day.nth, f'number {day.nth}')} {_DAYS[day.day]}"


def _say_month_day(day: int) -> str:
    return f"day {day}" if day > 0 else "the last day" if day == -1 else f"day {-day} before its end"


def _say_end(rule: RecurrenceRule) -> str:
    if rule.count is not None:
        return "once" if rule.count == 1 else f"{rule.count} times"
    return f"until {say_date(rule.until)}" if rule.until is not None else "without an end"
