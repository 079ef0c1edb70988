"""The part of `$filter` that calendars are asked with: comparisons joined by `and`.

Source: https://learn.microsoft.com/en-us/graph/filter-query-parameter
Source: https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get
"""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.graph.extended import canonical
from tests.graphsim.graph.times import moment
from tests.graphsim.refusals import CallRefused

Predicate = Callable[[StoredEvent], bool]

EXTENDED = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id\s+eq\s+'((?:[^']|'')*)'"
    r"\s+and\s+\1/value\s+(eq|ne)\s+'((?:[^']|'')*)'\s*\)",
    re.IGNORECASE,
)
COMPARISON = re.compile(r"([\w/]+)\s+(eq|ne|ge|gt|le|lt)\s+('(?:[^']|'')*'|[\w.:+\-]+)", re.IGNORECASE)
AND = re.compile(r"\s+and\s+", re.IGNORECASE)

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
VALUES: dict[str, Callable[[StoredEvent], Any]] = {
    "icaluid": lambda event: event.ical_uid,
    "subject": lambda event: event.details.subject,
    "showas": lambda event: event.shows_as,
    "type": lambda event: event.type,
    "iscancelled": lambda event: event.is_cancelled,
    "isorganizer": lambda event: event.is_organizer,
    "isallday": lambda event: event.details.is_all_day,
    "start/datetime": lambda event: event.details.start,
    "end/datetime": lambda event: event.details.end,
    "createddatetime": lambda event: event.created_at,
    "lastmodifieddatetime": lambda event: event.modified_at,
    "organizer/emailaddress/address": lambda event: event.organizer.address,
}


def ical_uid_of(text: str) -> str | None:
    """The iCalUId, if the filter asks for nothing else: then an index answers it."""
    match = COMPARISON.fullmatch(text.strip())
    if match is None or match[1].lower() != "icaluid" or match[2].lower() != "eq":
        return None
    return _unquoted(match[3])


def predicate(text: str) -> Predicate:
    """Read a filter; one that does not parse is a 400, as is one on a property that cannot be filtered on."""
    clauses: list[Predicate] = []
    rest = text.strip()
    while True:
        clause, rest = _clause(rest, text)
        clauses.append(clause)
        if not rest:
            return lambda event: all(holds(event) for holds in clauses)
        joint = AND.match(rest)
        if joint is None:
            raise _malformed(text)
        rest = rest[joint.end() :]


def _clause(rest: str, text: str) -> tuple[Predicate, str]:
    if match := EXTENDED.match(rest):
        return _extended(match), rest[match.end() :]
    if match := COMPARISON.match(rest):
        return _comparison(match), rest[match.end() :]
    raise _malformed(text)


def _extended(match: re.Match[str]) -> Predicate:
    """Compare an extended property; its value without case."""
    name, value = canonical(_unquoted(f"'{match[2]}'")), _unquoted(f"'{match[4]}'").lower()
    wants_equal = match[3].lower() == "eq"
    return lambda event: name in event.extended and (event.extended[name].lower() == value) is wants_equal


def _comparison(match: re.Match[str]) -> Predicate:
    name, compare = match[1].lower(), COMPARE[match[2].lower()]
    value_of = VALUES.get(name)
    if value_of is None:
        raise CallRefused(400, "UnsupportedEntityExpression", f"The property '{match[1]}' does not support filtering.")
    wanted = _literal(name, match[3])
    return lambda event: compare(value_of(event), wanted)


def _literal(name: str, text: str) -> object:
    if name.endswith("datetime"):
        return _utc(moment(name, _unquoted(text)))
    if text in {"true", "false"}:
        return text == "true"
    return _unquoted(text)


def _utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def _malformed(text: str) -> CallRefused:
    return CallRefused(400, "BadRequest", f"Invalid filter clause: syntax error in '{text}'.")
