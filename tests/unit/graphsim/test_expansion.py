"""The days and times of a series, against Microsoft's examples and against an expansion written a second time."""

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.graphsim.exchange import recurrence
from tests.graphsim.exchange.expansion import Expansion
from tests.graphsim.graph.recurrence_body import read_recurrence
from tests.unit.graphsim.plain_recurrence import PLACES, WEEKDAYS, Json, plain_days, plain_instant

HORIZON = date(2040, 1, 1)
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def first_days(pattern: Json, limits: Json, count: int) -> list[str]:
    days = recurrence.days(read_recurrence({"pattern": pattern, "range": limits}), HORIZON)
    return [str(day) for day, _ in zip(days, range(count), strict=False)]


def endless(start: str) -> Json:
    return {"type": "noEnd", "startDate": start}


# https://learn.microsoft.com/en-us/graph/outlook-schedule-recurring-events, in its order, then
# https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern. Names of days are as the schema has them.
DOCUMENTED: list[tuple[str, Json, Json, list[str]]] = [
    ("every three days", {"type": "daily", "interval": 3}, endless("2017-05-15"), ["2017-05-15", "2017-05-18"]),
    (
        "every Thursday",
        {"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"]},
        endless("2017-05-15"),
        ["2017-05-18", "2017-05-25"],
    ),
    (
        "every other Monday and Tuesday",
        {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "tuesday"]},
        endless("2017-05-15"),
        ["2017-05-15", "2017-05-16", "2017-05-29", "2017-05-30"],
    ),
    (
        "the 15th of every month",
        {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 15},
        endless("2017-05-15"),
        ["2017-05-15", "2017-06-15"],
    ),
    (
        "quarterly on the 7th",
        {"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 7},
        endless("2017-01-07"),
        ["2017-01-07", "2017-04-07", "2017-07-07"],
    ),
    (
        "the second Wednesday of every month",
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["wednesday"], "index": "second"},
        endless("2017-05-10"),
        ["2017-05-10", "2017-06-14", "2017-07-12"],
    ),
    (
        "the first Thursday or Friday of every month",
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["thursday", "friday"], "index": "first"},
        endless("2017-09-01"),
        ["2017-09-01", "2017-10-05", "2017-11-02", "2017-12-01"],
    ),
    (
        "April 15 every year",
        {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 15, "month": 4},
        endless("2017-04-15"),
        ["2017-04-15", "2018-04-15"],
    ),
    (
        "the last Wednesday of November",
        {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["wednesday"], "index": "last", "month": 11},
        endless("2017-11-29"),
        ["2017-11-29", "2018-11-28", "2019-11-27"],
    ),
    (
        "from July 1 to July 31",
        {"type": "daily", "interval": 10},
        {"type": "endDate", "startDate": "2017-07-01", "endDate": "2017-07-31"},
        ["2017-07-01", "2017-07-11", "2017-07-21", "2017-07-31"],
    ),
    (
        "the first Thursday of every other month from August 29: first in September",
        {"type": "relativeMonthly", "interval": 2, "daysOfWeek": ["thursday"], "index": "first"},
        endless("2017-08-29"),
        ["2017-09-07", "2017-11-02"],
    ),
    (
        "the second Thursday or Friday every three months",
        {"type": "relativeMonthly", "interval": 3, "daysOfWeek": ["thursday", "friday"], "index": "second"},
        endless("2017-09-01"),
        ["2017-09-07", "2017-12-07"],
    ),
    (
        "the 15th of March every 3 years",
        {"type": "absoluteYearly", "interval": 3, "dayOfMonth": 15, "month": 3},
        endless("2017-03-15"),
        ["2017-03-15", "2020-03-15"],
    ),
]


@pytest.mark.parametrize(
    ("pattern", "limits", "expected"), [each[1:] for each in DOCUMENTED], ids=[e[0] for e in DOCUMENTED]
)
def test_a_documented_example_falls_on_its_days(pattern: Json, limits: Json, expected: list[str]) -> None:
    assert first_days(pattern, limits, len(expected)) == expected


def test_every_monday_until_the_end_of_the_year_ends_on_the_25th() -> None:
    weekly = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    found = first_days(weekly, {"type": "endDate", "startDate": "2017-09-04", "endDate": "2017-12-31"}, 99)
    assert (found[0], found[-1], len(found)) == ("2017-09-04", "2017-12-25", 17)


some_days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True)


@st.composite
def recurrences(draw: st.DrawFn) -> Json:
    kind = draw(
        st.sampled_from(["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"])
    )
    pattern: Json = {"type": kind, "interval": draw(st.integers(1, 5))}
    if kind == "weekly":
        pattern |= {"daysOfWeek": draw(some_days), "firstDayOfWeek": draw(st.sampled_from(WEEKDAYS))}
    elif kind.startswith("absolute"):
        pattern["dayOfMonth"] = draw(st.integers(1, 31))
    elif kind.startswith("relative"):
        pattern |= {"daysOfWeek": draw(some_days), "index": draw(st.sampled_from(list(PLACES)))}
    if kind.endswith("Yearly"):
        pattern["month"] = draw(st.integers(1, 12))
    start = draw(st.dates(date(2026, 1, 1), date(2030, 12, 31)))
    limits: Json = {"startDate": str(start), "type": draw(st.sampled_from(["noEnd", "endDate", "numbered"]))}
    if limits["type"] == "endDate":
        limits["endDate"] = str(start + timedelta(days=draw(st.integers(0, 1500))))
    if limits["type"] == "numbered":
        limits["numberOfOccurrences"] = draw(st.integers(1, 60))
    return {"pattern": pattern, "range": limits}


@given(recurrences())
@settings(max_examples=300, deadline=None)
def test_any_recurrence_falls_on_the_days_that_plain_arithmetic_finds(rule: Json) -> None:
    assert list(recurrence.days(read_recurrence(rule), HORIZON)) == plain_days(rule, HORIZON)


def expanded(rule: Json, first: datetime, minutes: int, zone: str) -> Expansion:
    rule = read_recurrence({**rule, "range": {**rule["range"], "recurrenceTimeZone": zone}})
    start = plain_instant(first, zone)
    return Expansion(rule, start, start + timedelta(minutes=minutes), is_all_day=False)


@given(
    rule=recurrences(),
    clock=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
)
@example(
    rule={"pattern": {"type": "daily", "interval": 1}, "range": endless("2027-03-01")},
    clock=wall("2027-03-01T02:30").time(),
    zone="Europe/Berlin",
)
@settings(max_examples=150, deadline=None)
def test_any_series_keeps_its_wall_time(rule: Json, clock: clock_time, zone: str) -> None:
    end = date(2033, 1, 1)
    days = plain_days(rule, end)
    if not days:
        return
    series = expanded(rule, datetime.combine(days[0], clock), 0, zone)
    # Where the first day is one on which the clocks change, the wall time of the series is what it became.
    wall = series.start.astimezone(ZoneInfo(zone)).time()
    slots = [slot for slot in series.between(series.start, datetime(2033, 1, 1, tzinfo=UTC)) if slot.day < end]
    assert [slot.day for slot in slots] == days
    assert [slot.start for slot in slots] == [plain_instant(datetime.combine(day, wall), zone) for day in days]


DAILY = {"pattern": {"type": "daily", "interval": 1}}


@pytest.mark.parametrize(
    ("first", "minutes", "day", "expected"),
    [
        # 02:30 does not exist on the last Sunday of March, and comes twice on that of October.
        (wall("2027-03-20T02:30"), 60, "2027-03-28", ("2027-03-28T01:30", "2027-03-28T02:30")),
        (wall("2027-03-20T02:30"), 30, "2027-03-28", ("2027-03-28T01:30", "2027-03-28T02:00")),
        (wall("2027-03-20T01:00"), 180, "2027-03-28", ("2027-03-28T00:00", "2027-03-28T02:00")),
        (wall("2027-10-20T02:30"), 60, "2027-10-31", ("2027-10-31T00:30", "2027-10-31T02:30")),
        (wall("2027-10-20T10:00"), 60, "2027-10-31", ("2027-10-31T09:00", "2027-10-31T10:00")),
    ],
)
def test_the_clocks_change_under_a_series(first: datetime, minutes: int, day: str, expected: tuple[str, str]) -> None:
    series = expanded({**DAILY, "range": endless(str(first.date()))}, first, minutes, "Europe/Berlin")
    slot = series.on(date.fromisoformat(day))
    assert slot is not None
    assert (f"{slot.start:%Y-%m-%dT%H:%M}", f"{slot.end:%Y-%m-%dT%H:%M}") == expected


def test_999_occurrences_are_expanded_in_milliseconds_and_once() -> None:
    rule = {**DAILY, "range": {"type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": 999}}
    series = expanded(rule, wall("2026-12-01T09:00"), 60, "Europe/Berlin")
    began = time.process_time()
    assert len(series.between(series.start, series.start + timedelta(days=2000))) == 999
    once = time.process_time()
    for _ in range(100):
        series.between(series.start + timedelta(days=900), series.start + timedelta(days=910))
    assert once - began < 0.1
    assert time.process_time() - once < 0.05
