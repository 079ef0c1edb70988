"""The parts of one RRULE, each read by what RFC 5545 lets it be, and written in one order.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10
"""

import re
from datetime import date
from typing import cast

from services.policy.core.recurrence.rule import WEEKDAYS, Frequency, InvalidRecurrence, RecurrenceRule, Weekday

MOST_COUNT = 9_999
LARGEST_INTERVAL = 999
_NUMBERS = {  # the largest of each; those in _FROM_THE_END may be negative
    "BYMONTH": 12,
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
    "BYSETPOS": 366,
}
_FROM_THE_END = frozenset(_NUMBERS) - {"BYMONTH"}
_KNOWN = frozenset(_NUMBERS) | {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_OF_A_DAY = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_NOT_WITH: dict[str, frozenset[str]] = {
    "DAILY": frozenset({"BYYEARDAY", "BYWEEKNO", "BYSETPOS"}),
    "WEEKLY": frozenset({"BYYEARDAY", "BYWEEKNO", "BYMONTHDAY"}),
    "MONTHLY": frozenset({"BYYEARDAY", "BYWEEKNO"}),
    "YEARLY": frozenset(),
}
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,6}")


def read_rule(text: str, since: date) -> tuple[RecurrenceRule, str | None]:
    """Return a rule as it is written, from `since` on, without its end in time; and the text of its UNTIL.

    Raises `InvalidRecurrence` with a full sentence for what cannot be read.
    """
    parts = _split(text)
    frequency = _frequency(parts)
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidRecurrence("A rule ends with COUNT or with UNTIL, not with both.")
    rule = RecurrenceRule(
        frequency=frequency,
        since=since,
        interval=_single(parts, "INTERVAL", LARGEST_INTERVAL) or 1,
        months=_numbers(parts, "BYMONTH"),
        month_days=_numbers(parts, "BYMONTHDAY"),
        year_days=_numbers(parts, "BYYEARDAY"),
        week_numbers=_numbers(parts, "BYWEEKNO"),
        weekdays=_weekdays(parts, frequency),
        positions=_numbers(parts, "BYSETPOS"),
        week_start=_week_start(parts),
        count=_single(parts, "COUNT", MOST_COUNT),
    )
    if rule.positions and not (rule.months or rule.month_days or rule.year_days or rule.week_numbers or rule.weekdays):
        raise InvalidRecurrence("BYSETPOS needs another part that begins with BY, such as BYDAY.")
    _insist_on_days_of_months(rule)
    return rule, parts.get("UNTIL")


def write_rule(rule: RecurrenceRule) -> str:
    """Return a rule as RFC 5545 writes it. Rules that are equal but for their `since` give the same text."""
    listed = {
        "BYMONTH": rule.months,
        "BYMONTHDAY": rule.month_days,
        "BYYEARDAY": rule.year_days,
        "BYWEEKNO": rule.week_numbers,
        "BYDAY": tuple(f"{each.nth or ''}{WEEKDAYS[each.day]}" for each in rule.weekdays),
        "BYSETPOS": rule.positions,
    }
    parts = [f"FREQ={rule.frequency}"]
    parts += [f"INTERVAL={rule.interval}"] if rule.interval > 1 else []
    parts += [f"{name}={','.join(map(str, values))}" for name, values in listed.items() if values]
    parts += [f"WKST={WEEKDAYS[rule.week_start]}"] if rule.week_start else []
    parts += [f"COUNT={rule.count}"] if rule.count is not None else []
    parts += [f"UNTIL={rule.until:%Y%m%d}"] if rule.until is not None else []
    return ";".join(parts)


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().rstrip(";").upper().split(";"):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not equals or not value:
            raise InvalidRecurrence(f"{part[:40]!r} is not a part of a rule, which is written NAME=VALUE.")
        if name in _OF_A_DAY:
            raise InvalidRecurrence(f"{name} cannot be used: each date starts at the time of day of the first.")
        if name not in _KNOWN:
            raise InvalidRecurrence(f"{name[:40]!r} is not a known part of a rule.")
        if name in parts:
            raise InvalidRecurrence(f"{name} is given twice in one rule.")
        parts[name] = value
    return parts


def _frequency(parts: dict[str, str]) -> Frequency:
    named = parts.get("FREQ", "")
    if named not in _NOT_WITH:
        raise InvalidRecurrence(f"FREQ has to be DAILY, WEEKLY, MONTHLY or YEARLY; it is {named[:40]!r}.")
    wrong = _NOT_WITH[named] & parts.keys()
    if wrong:
        raise InvalidRecurrence(f"{min(wrong)} cannot be used with FREQ={named}.")
    return cast("Frequency", named)


def _single(parts: dict[str, str], name: str, most: int) -> int | None:
    text = parts.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise InvalidRecurrence(f"{name} has to be from 1 to {most}; it is {text[:40]!r}.")
    return int(text)


def _numbers(parts: dict[str, str], name: str) -> tuple[int, ...]:
    if name not in parts:
        return ()
    most, found = _NUMBERS[name], set()
    for text in parts[name].split(","):
        number = int(text) if _NUMBER.fullmatch(text.strip()) else 0
        if number == 0 or abs(number) > most or (number < 0 and name not in _FROM_THE_END):
            raise InvalidRecurrence(f"{name} has numbers from 1 to {most}; {text[:40]!r} is none of them.")
        found.add(number)
    return tuple(sorted(found))


def _weekdays(parts: dict[str, str], frequency: Frequency) -> tuple[Weekday, ...]:
    found = set()
    for text in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        read = _DAY.fullmatch(text.strip())
        nth = int(read[1]) if read and read[1] else None
        if read is None or nth == 0 or abs(nth or 0) > 53:
            raise InvalidRecurrence(f"BYDAY has days such as MO, 2TU or -1FR; {text[:40]!r} is none of them.")
        if nth is not None and (frequency in {"DAILY", "WEEKLY"} or "BYWEEKNO" in parts):
            raise InvalidRecurrence(f"BYDAY={text[:40]} counts days of a month or year, which this rule has not.")
        found.add(Weekday(WEEKDAYS.index(read[2]), nth))
    return tuple(sorted(found, key=lambda each: (each.day, each.nth or 0)))


def _week_start(parts: dict[str, str]) -> int:
    named = parts.get("WKST", "MO")
    if named not in WEEKDAYS:
        raise InvalidRecurrence(f"WKST has to be a day such as MO; it is {named[:40]!r}.")
    return WEEKDAYS.index(named)


def _insist_on_days_of_months(rule: RecurrenceRule) -> None:
    """Refuse at once what a search would find out after a while, such as the 30th of February."""
    longest = max((29 if month == 2 else 30 if month in {4, 6, 9, 11} else 31 for month in rule.months), default=31)
    if rule.month_days and all(abs(day) > longest for day in rule.month_days):
        raise InvalidRecurrence("The rule has no dates: none of its months has any of its days.")
