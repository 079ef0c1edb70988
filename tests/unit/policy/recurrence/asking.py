"""Recurrences as tests ask for them: from Monday, 1 March 2027, 09:00 in Berlin, unless they say otherwise."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from libs.contracts.values import Window
from services.policy.core.recurrence.expand import dates
from services.policy.core.recurrence.graph import from_graph
from services.policy.core.recurrence.rfc5545 import parse_rrule
from services.policy.core.recurrence.rule import Recurrence

BERLIN = "Europe/Berlin"
MONDAY = "2027-03-01T09:00"


def window(start: str = MONDAY, length: timedelta = timedelta(hours=1), zone: str = BERLIN) -> Window:
    """A window by the wall clock of a zone."""
    began = datetime.fromisoformat(start)
    return Window(
        start=began.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC),
        end=(began + length).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC),
    )


def by_rule(text: str, start: str = MONDAY, zone: str = BERLIN) -> Recurrence:
    return parse_rrule(text, window(start, zone=zone), zone)


def by_pattern(pattern: dict[str, Any], limits: dict[str, Any] | None = None, start: str = MONDAY) -> Recurrence:
    ends = {"type": "noEnd", **(limits or {})}
    return from_graph({"pattern": pattern, "range": {"startDate": start[:10], **ends}}, window(start), BERLIN)


def some(recurrence: Recurrence, most: int = 4) -> list[str]:
    """Its first dates."""
    return [day.isoformat() for day in islice(dates(recurrence), most)]


def days_of(recurrence: Recurrence, most: int = 500) -> list[date]:
    return list(islice(dates(recurrence), most))
