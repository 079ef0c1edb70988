"""Recurrences as RFC 5545 writes them: RRULE lines, EXDATE lines, or a bare rule such as "FREQ=WEEKLY;COUNT=10".

The start and its zone are said beside the text, so there is no DTSTART. Parts of a day (HOURLY, BYHOUR and the like)
and RDATE are refused. COUNT is at most 9999: what a policy allows is judged later, and this much is expanded lazily.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10 (which parts go with which frequency)
Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.8.5.1 (EXDATE)
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from libs.contracts.values import Window
from services.policy.core.recurrence.expand import expand
from services.policy.core.recurrence.parts import read_rule
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence, RecurrenceRule
from services.policy.core.recurrence.settle import begin, canonical, settle
from services.policy.core.recurrence.zones import zone_of

LONGEST_TEXT = 20_000
MOST_RULES = 10
MOST_EXCLUDED = 999
_LINE_FOLD = re.compile(r"\r?\n[ \t]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def parse_rrule(text: str, first: Window, time_zone: str) -> Recurrence:
    """Read RFC 5545's text about a group whose first date is at `first`, in the IANA zone of the group.

    An EXDATE is a date, or the very start of a date of the recurrence, in UTC, in the zone of its TZID or else the
    group's. UNTIL as a time ends the rule with the last date that starts by then; without a Z it is in the group's
    zone. Raises `InvalidRecurrence` with a full sentence if anything cannot be read or has no date.
    """
    zone = ZoneInfo(time_zone)
    start = first.start.astimezone(zone).date()
    rules: list[RecurrenceRule] = []
    excluded: list[date | datetime] = []
    for name, parameters, value in _lines(text):
        if name == "RRULE":
            rules.append(_settle_until(*read_rule(value, start), first, zone))
        elif name == "EXDATE":
            excluded += _instants(parameters, value, zone)
        else:
            raise InvalidRecurrence(f"{name[:40]!r} cannot be used here; write RRULE and EXDATE lines only.")
    if not rules:
        raise InvalidRecurrence('The recurrence has no rule. Write one such as "FREQ=WEEKLY;COUNT=10".')
    if len(rules) > MOST_RULES or len(excluded) > MOST_EXCLUDED:
        raise InvalidRecurrence(f"A recurrence has at most {MOST_RULES} rules and {MOST_EXCLUDED} excluded dates.")
    return settle(rules, frozenset(_dates_of(excluded, rules, first, time_zone)))


def _lines(text: str) -> list[tuple[str, dict[str, str], str]]:
    if len(text) > LONGEST_TEXT:
        raise InvalidRecurrence(f"The recurrence has {len(text)} characters; at most {LONGEST_TEXT} are read.")
    unfolded = _LINE_FOLD.sub("", text.strip()).replace("\r\n", "\n")
    if _CONTROL.search(unfolded):
        raise InvalidRecurrence("The recurrence has control characters in it. Write each line as plain text.")
    return [_line(line.strip()) for line in unfolded.split("\n") if line.strip()]


def _line(line: str) -> tuple[str, dict[str, str], str]:
    if ":" not in line and "=" in line:
        return "RRULE", {}, line
    head, _, value = line.partition(":")
    name, *pairs = head.split(";")
    parameters = dict(([*part.split("=", 1), ""])[:2] for part in pairs)
    return name.strip().upper(), {key.strip().upper(): found.strip(' "') for key, found in parameters.items()}, value


def _instants(parameters: dict[str, str], value: str, zone: ZoneInfo) -> list[date | datetime]:
    unknown = parameters.keys() - {"TZID", "VALUE"}
    if unknown:
        raise InvalidRecurrence(f"EXDATE cannot have {min(unknown)[:40]!r}; only TZID and VALUE.")
    own = zone_of(parameters["TZID"]) if parameters.get("TZID") else zone
    return [_instant(each.strip(), own) for each in value.split(",")]


def _instant(text: str, zone: ZoneInfo) -> date | datetime:
    for form in ("%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"):
        try:
            found = datetime.strptime(text.upper(), form)  # noqa: DTZ007 - its zone is given next
        except ValueError:
            continue
        if form == "%Y%m%d":
            return found.date()
        try:
            return found.replace(tzinfo=UTC if form.endswith("Z") else zone).astimezone(UTC)
        except OverflowError:
            break
    raise InvalidRecurrence(f"{text[:40]!r} is no date or time. Write 20270301, 20270301T090000 or 20270301T080000Z.")


def _settle_until(rule: RecurrenceRule, until: str | None, first: Window, zone: ZoneInfo) -> RecurrenceRule:
    """Return the rule with the date of the last start that UNTIL lets it have."""
    if until is None:
        return rule
    last = _instant(until, zone)
    if not isinstance(last, datetime):
        return replace(rule, until=last)
    wall, clock = last.astimezone(zone), first.start.astimezone(zone).time().replace(fold=0)
    starts = datetime.combine(wall.date(), clock, zone).astimezone(UTC)
    day = wall.date() if starts <= last else date.fromordinal(max(wall.date().toordinal() - 1, 1))
    return replace(rule, until=day)


def _dates_of(
    excluded: Sequence[date | datetime], rules: Sequence[RecurrenceRule], first: Window, time_zone: str
) -> set[date]:
    """Return the dates on which what is excluded starts. Raises `InvalidRecurrence` if nothing starts then."""
    found = {each for each in excluded if not isinstance(each, datetime)}
    times = {each for each in excluded if isinstance(each, datetime)}
    if not times:
        return found
    pattern = Recurrence(tuple(begin(canonical(rule)) for rule in rules))
    last = max(times)
    for planned in expand(pattern, first, time_zone):
        if planned.window.start > last or not times:
            break
        if planned.window.start in times:
            times.discard(planned.window.start)
            found.add(planned.original_date)
    if times:
        wall = min(times).astimezone(ZoneInfo(time_zone))
        raise InvalidRecurrence(
            f"{wall:%a %d %b %Y, %H:%M} ({time_zone}) is excluded, but no date of the recurrence starts then. "
            "Exclude only dates that the recurrence has."
        )
    return found
