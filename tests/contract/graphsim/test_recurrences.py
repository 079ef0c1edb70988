"""The dates that policy expects of a recurrence are those that Exchange makes of it, by wall clock in many zones."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from libs.contracts.values import Window
from services.policy.core.recurrence.expand import expand
from services.policy.core.recurrence.graph import from_graph
from tests.contract.graphsim.graph import Graph
from tests.support.simulator import Simulator

# Each begins on Monday, 1 March 2027; the times of day are skipped or come twice where clocks change.
PATTERNS: list[tuple[str, dict[str, Any]]] = [
    ("2027-03-01T02:30", {"type": "daily", "interval": 1}),
    ("2027-03-01T01:45", {"type": "daily", "interval": 1}),
    ("2027-03-01T02:10", {"type": "daily", "interval": 1}),
    ("2027-03-01T23:30", {"type": "daily", "interval": 1}),
    ("2027-03-01T09:00", {"type": "daily", "interval": 10}),
    ("2027-03-01T09:00", {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "thursday", "sunday"]}),
    ("2027-03-01T09:00", {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"]}),
    (
        "2027-03-01T09:00",
        {"type": "weekly", "interval": 3, "daysOfWeek": ["monday", "sunday"], "firstDayOfWeek": "monday"},
    ),
    ("2027-01-31T02:30", {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}),
    ("2027-01-29T09:00", {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 29}),
    ("2027-03-28T02:30", {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["sunday"], "index": "last"}),
    ("2027-03-14T03:30", {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["sunday"], "index": "second"}),
    ("2027-03-02T09:00", {"type": "relativeMonthly", "interval": 2, "daysOfWeek": ["tuesday"], "index": "first"}),
    ("2027-02-28T09:00", {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}),
    (
        "2027-03-29T09:00",
        {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "index": "last", "month": 3},
    ),
]
RANGES: list[dict[str, Any]] = [
    {"type": "noEnd"},
    {"type": "numbered", "numberOfOccurrences": 5},
    {"type": "endDate", "endDate": "2027-11-30"},
]
LENGTHS = [timedelta(minutes=20), timedelta(hours=1), timedelta(hours=30)]
LAST = datetime(2029, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"])
async def test_policy_and_exchange_give_a_recurrence_the_same_windows(
    sim: Simulator, outlook: Graph, zone: str
) -> None:
    ada = await sim.add_user("Ada")
    for number, (start, pattern) in enumerate(PATTERNS):
        limits = {**RANGES[number % 3], "startDate": start[:10], "recurrenceTimeZone": zone}
        # All of the daily ones go on over every change of clocks.
        recurrence = {"pattern": pattern, "range": limits | RANGES[0] if pattern["type"] == "daily" else limits}
        for length in LENGTHS:
            began = datetime.fromisoformat(start)
            if length > timedelta(days=1) and pattern["type"] == "daily":
                continue  # Exchange has no dates of one series that overlap
            series = await _book(outlook, ada, recurrence, began, began + length, zone)
            shown = await _instances(outlook, ada, series)
            assert shown
            assert shown == _expected(recurrence, began, length, zone), (recurrence, start, length)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe"])
async def test_whole_days_have_the_dates_that_exchange_gives_them(sim: Simulator, outlook: Graph, zone: str) -> None:
    ada = await sim.add_user("Ada")
    began, length = datetime.fromisoformat("2027-03-01"), timedelta(days=2)
    limits = {"type": "noEnd", "startDate": "2027-03-01", "recurrenceTimeZone": zone}
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    recurrence = {"pattern": pattern, "range": limits}
    series = await _book(outlook, ada, recurrence, began, began + length, zone, isAllDay=True)
    shown = [tuple(each[:10] for each in pair) for pair in await _instances(outlook, ada, series)]
    days = [
        tuple(
            datetime.fromisoformat(each).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date().isoformat()
            for each in pair
        )
        for pair in _expected(recurrence, began, length, zone)
    ]
    assert shown[:100] == days[:100]


def _day(instant: str, zone: str) -> str:
    return datetime.fromisoformat(instant).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date().isoformat()


async def _book(
    outlook: Graph, who: str, recurrence: dict[str, Any], start: datetime, end: datetime, zone: str, **more: Any
) -> str:
    times = {"start": start, "end": end}
    body = {
        "subject": "Series",
        **{name: {"dateTime": each.isoformat(), "timeZone": zone} for name, each in times.items()},
        "recurrence": recurrence,
        **more,
    }
    event = await outlook.call("POST", f"/users/{who}/events", body, expect=201)
    return str(event["id"])


async def _instances(outlook: Graph, who: str, series: str) -> list[tuple[str, str]]:
    query = f"startDateTime=2027-01-01T00:00:00Z&endDateTime={LAST:%Y-%m-%dT%H:%M:%SZ}&$top=1000"
    found = await outlook.get(f"/users/{who}/events/{series}/instances?{query}", Prefer='outlook.timezone="UTC"')
    pairs = ((each["start"]["dateTime"][:19], each["end"]["dateTime"][:19]) for each in found["value"])
    return sorted(pairs)


def _expected(recurrence: dict[str, Any], began: datetime, length: timedelta, zone: str) -> list[tuple[str, str]]:
    first = Window(
        start=began.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC),
        end=(began + length).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC),
    )
    planned = expand(from_graph(recurrence, first, zone), first, zone)
    windows = (each.window for each in takewhile(lambda each: each.window.start < LAST, planned))
    return [(f"{each.start:%Y-%m-%dT%H:%M:%S}", f"{each.end:%Y-%m-%dT%H:%M:%S}") for each in windows]
