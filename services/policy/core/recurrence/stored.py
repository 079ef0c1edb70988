"""Recurrences as they are kept: RFC 5545's lines, each rule after the date from which it counts.

Several rules may count their intervals from different dates, once a series was parted; a DTSTART line holds for the
rules after it. With one rule it is text that any calendar reads. Equal recurrences give equal text.
"""

from dataclasses import replace
from datetime import date, datetime

from services.policy.core.recurrence.parts import read_rule, write_rule
from services.policy.core.recurrence.rule import Recurrence, RecurrenceRule

_START, _RULE, _EXCLUDED = "DTSTART;VALUE=DATE:", "RRULE:", "EXDATE;VALUE=DATE:"


def as_text(recurrence: Recurrence) -> str:
    """Return the text of a recurrence, from which `read_text` makes an equal one."""
    lines = [f"{_START}{_day(rule.since)}\n{_RULE}{write_rule(rule)}" for rule in recurrence.rules]
    if recurrence.excluded:
        lines.append(_EXCLUDED + ",".join(_day(each) for each in sorted(recurrence.excluded)))
    return "\n".join(lines)


def without_start(text: str) -> str:
    """Return what `as_text` wrote as a request for a group has it: the start is beside it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(_START))


def read_text(text: str) -> Recurrence:
    """Read what `as_text` wrote."""
    since, rules, excluded = date.min, list[RecurrenceRule](), frozenset[date]()
    for line in text.splitlines():
        _, _, value = line.partition(":")
        if line.startswith(_START):
            since = _read_day(value)
        elif line.startswith(_EXCLUDED):
            excluded = frozenset(map(_read_day, value.split(",")))
        else:
            rule, until = read_rule(value, since)
            rules.append(replace(rule, until=_read_day(until) if until else None))
    return Recurrence(tuple(rules), excluded)


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _read_day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
