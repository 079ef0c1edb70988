"""Series, as far as they are expanded: every pattern, every range, daylight saving."""

from datetime import date
from typing import Any

import pytest

from tests.graphsim.exchange import recurrence
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.recurrence_body import read_recurrence
from tests.unit.graphsim.conftest import ADA, BIRCH, BOB, add_room
from tests.unit.graphsim.outlook import Json, Outlook, meeting

WEEKLY = {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]}


def repeated(pattern: Json, start: str = "2026-12-01", **limits: Any) -> Json:
    return {"pattern": pattern, "range": {"type": "numbered", "startDate": start, **limits}}


PATTERNS: list[tuple[Json, str, list[str]]] = [
    ({"type": "daily", "interval": 2}, "2026-12-01", ["2026-12-01", "2026-12-03", "2026-12-05"]),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"], "firstDayOfWeek": "sunday"},
        "2026-12-06",
        ["2026-12-06", "2026-12-07", "2026-12-20"],
    ),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"], "firstDayOfWeek": "monday"},
        "2026-12-06",
        ["2026-12-06", "2026-12-14", "2026-12-20"],
    ),
    (
        {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        "2026-12-31",
        ["2026-12-31", "2027-01-31", "2027-02-28"],
    ),
    (
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"},
        "2026-12-25",
        ["2026-12-25", "2027-01-29", "2027-02-26"],
    ),
    (
        {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2},
        "2027-02-28",
        ["2027-02-28", "2028-02-29", "2029-02-28"],
    ),
    (
        {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "index": "first", "month": 5},
        "2027-05-03",
        ["2027-05-03", "2028-05-01", "2029-05-07"],
    ),
]


@pytest.mark.parametrize(("pattern", "start", "expected"), PATTERNS)
def test_a_pattern_falls_on_its_days(pattern: Json, start: str, expected: list[str]) -> None:
    series = repeated(pattern, start, numberOfOccurrences=3)
    assert [str(day) for day in recurrence.days(read_recurrence(series), date.max)] == expected


def test_a_series_ends_with_its_last_day_or_with_the_window() -> None:
    ended = {"pattern": WEEKLY, "range": {"type": "endDate", "startDate": "2026-12-01", "endDate": "2026-12-15"}}
    assert len(list(recurrence.days(ended, date.max))) == 3
    endless = {"pattern": WEEKLY, "range": {"type": "noEnd", "startDate": "2026-12-01"}}
    assert len(list(recurrence.days(endless, date(2026, 12, 15)))) == 2


@pytest.mark.parametrize(
    "series",
    [
        {},
        repeated({"type": "hourly", "interval": 1}, numberOfOccurrences=3),
        repeated({"type": "daily", "interval": 0}, numberOfOccurrences=3),
        repeated({"type": "weekly", "interval": 1, "daysOfWeek": ["payday"]}, numberOfOccurrences=3),
        repeated({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 13}, numberOfOccurrences=3),
        repeated(WEEKLY, numberOfOccurrences=1000),
        repeated(WEEKLY, start="soon", numberOfOccurrences=3),
    ],
)
async def test_a_recurrence_that_cannot_be_expanded_is_a_400(outlook: Outlook, series: Json) -> None:
    body = meeting() | {"recurrence": series or {"pattern": None}}
    refusal = await outlook.call("POST", f"{ADA}/events", body, expect=400)
    assert refusal["error"]["code"] == "ErrorPropertyValidationFailure"


async def test_a_view_expands_a_series_at_its_wall_time(outlook: Outlook) -> None:
    body = {
        "subject": "Choir",
        "start": {"dateTime": "2027-03-23T19:00:00", "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": "2027-03-23T20:00:00", "timeZone": "W. Europe Standard Time"},
        "recurrence": repeated(WEEKLY, "2027-03-23", numberOfOccurrences=2),
    }
    master = await outlook.call("POST", f"{BIRCH}/events", body, expect=201)
    assert master["type"] == "seriesMaster"
    window = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-05-01T00:00:00Z"
    view = (await outlook.call("GET", f"{BIRCH}/calendarView?{window}"))["value"]
    instances = (await outlook.call("GET", f"{BIRCH}/events/{master['id']}/instances?{window}"))["value"]
    assert instances == view
    assert [each["start"]["dateTime"][:16] for each in view] == ["2027-03-23T18:00", "2027-03-30T17:00"]
    assert {each["seriesMasterId"] for each in view} == {master["id"]}
    assert {each["type"] for each in view} == {"occurrence"}
    one = await outlook.call("GET", f"{BIRCH}/events/{view[1]['id']}")
    assert one["start"] == view[1]["start"]
    assert [each["id"] for each in (await outlook.call("GET", f"{BIRCH}/events"))["value"]] == [master["id"]]


async def test_a_series_is_invited_and_answered_as_one(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH)
    series = repeated(WEEKLY, numberOfOccurrences=4)
    event = await outlook.invite(ADA, BIRCH, recurrence=series)
    await outlook.status(ADA, event, BIRCH, "accepted")
    clash = await outlook.invite(BOB, BIRCH, day=15)
    await outlook.status(BOB, clash, BIRCH, "declined")
    endless = await outlook.invite(
        BOB,
        BIRCH,
        hours=(15, 16),
        recurrence={"pattern": WEEKLY, "range": {"type": "noEnd", "startDate": "2026-12-01"}},
    )
    await outlook.status(BOB, endless, BIRCH, "declined")
