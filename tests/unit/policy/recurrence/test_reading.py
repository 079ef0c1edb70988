"""What recurrences are read as, and which are refused in what words."""

import time
from datetime import date
from typing import Any

import pytest

from services.policy.core.recurrence.graph import as_graph
from services.policy.core.recurrence.rule import InvalidRecurrence
from services.policy.core.recurrence.stored import as_text, read_text
from tests.unit.policy.recurrence.asking import BERLIN, by_pattern, by_rule, some


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=2", "2027-03-01T09:00", ["2027-03-01", "2027-03-08"]),
        ("rrule:freq=daily;interval=3;count=2", "2027-03-01T09:00", ["2027-03-01", "2027-03-04"]),
        ("FREQ=MONTHLY;COUNT=2", "2027-01-31T09:00", ["2027-01-31", "2027-03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", "2027-01-31T09:00", ["2027-01-31", "2027-02-28"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "2027-03-26T09:00", ["2027-03-26", "2027-04-30"]),
        ("FREQ=YEARLY;COUNT=2", "2028-02-29T09:00", ["2028-02-29", "2032-02-29"]),
        ("FREQ=YEARLY;BYYEARDAY=60;COUNT=2", "2027-03-01T09:00", ["2027-03-01", "2028-02-29"]),
        ("FREQ=DAILY;UNTIL=20270302", "2027-03-01T09:00", ["2027-03-01", "2027-03-02"]),
        ("FREQ=DAILY;UNTIL=20270302T080000Z", "2027-03-01T09:00", ["2027-03-01", "2027-03-02"]),
        ("FREQ=DAILY;UNTIL=20270302T075959Z", "2027-03-01T09:00", ["2027-03-01"]),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2\r\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=1",
            "2027-03-01T09:00",
            ["2027-03-01", "2027-03-03", "2027-03-08"],
        ),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20270302", "2027-03-01T09:00", ["2027-03-01", "2027-03-03"]),
        (
            "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=W. Europe Standard Time:20270302T090000,20270303T090000",
            "2027-03-01T09:00",
            ["2027-03-01"],
        ),
        ("RRULE:FREQ=DAI\r\n LY;COUNT=2\nEXDATE:20270301T080000Z", "2027-03-01T09:00", ["2027-03-02"]),
    ],
)
def test_rules_have_the_dates_that_rfc_5545_gives_them(text: str, start: str, expected: list[str]) -> None:
    assert some(by_rule(text, start)) == expected


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        ({"type": "daily", "interval": 2}, "2027-03-01", ["2027-03-01", "2027-03-03"]),
        (
            {"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"], "firstDayOfWeek": "sunday"},
            "2027-03-01",
            ["2027-03-01", "2027-03-14"],
        ),
        (
            {"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"], "firstDayOfWeek": "monday"},
            "2027-03-01",
            ["2027-03-01", "2027-03-07"],
        ),
        ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}, "2027-01-31", ["2027-01-31", "2027-02-28"]),
        ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 30}, "2027-01-30", ["2027-01-30", "2027-02-28"]),
        (
            {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday", "monday"], "index": "last"},
            "2027-03-30",
            ["2027-03-30", "2027-04-27"],
        ),
        (
            {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2},
            "2027-02-28",
            ["2027-02-28", "2028-02-29"],
        ),
        (
            {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "month": 3, "index": "first"},
            "2027-03-01",
            ["2027-03-01", "2028-03-06"],
        ),
    ],
)
def test_patterns_have_the_dates_that_graph_gives_them(
    pattern: dict[str, Any], start: str, expected: list[str]
) -> None:
    assert some(by_pattern(pattern, start=f"{start}T09:00"), 2) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FREQ=HOURLY", "FREQ has to be"),
        ("FREQ=SECONDLY", "FREQ has to be"),
        ("INTERVAL=2", "FREQ has to be"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR cannot be used"),
        ("FREQ=DAILY;BYEASTER=1", "'BYEASTER' is not a known part"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is given twice"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20280101", "not with both"),
        ("FREQ=DAILY;COUNT=100000", "COUNT has to be from 1 to 9999"),
        ("FREQ=DAILY;COUNT=0", "COUNT has to be from 1 to 9999"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL has to be from 1 to 999"),
        ("FREQ=DAILY;INTERVAL=1000", "INTERVAL has to be from 1 to 999"),
        ("FREQ=DAILY;UNTIL=20270228", "ends on Sun 28 Feb 2027, before the start on Mon 01 Mar 2027"),
        ("FREQ=DAILY;UNTIL=20271301", "'20271301' is no date or time"),
        ("FREQ=WEEKLY;BYDAY=TU", "Start on Tue 02 Mar 2027, its first date"),
        ("FREQ=WEEKLY;BYDAY=1MO", "counts days of a month or year"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY cannot be used with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs another part"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "The rule has no dates"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "The rule has no dates"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "has no date on or after its start"),
        ("FREQ=YEARLY;BYYEARDAY=1;BYMONTH=3", "has no date on or after its start"),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20270303", "Wed 03 Mar 2027 is excluded, but"),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20270302T100000", "Tue 02 Mar 2027, 10:00 (Europe/Berlin) is excluded, but"),
        ("RRULE:FREQ=DAILY;COUNT=1\nEXDATE:20270301", "Every date of the recurrence is excluded"),
        ("RRULE:FREQ=DAILY\nEXDATE;TZID=Mars/Olympus:20270301T090000", "No time zone is called 'Mars/Olympus'"),
        ("RRULE:FREQ=DAILY\nRDATE:20270301", "'RDATE' cannot be used here"),
        ("DTSTART:20270301\nRRULE:FREQ=DAILY", "'DTSTART' cannot be used here"),
        ("FREQ=DAILY;COUNT=1\x00", "control characters"),
        ("FREQ=DAILY;" * 10_000, "at most 20000 are read"),
        ("", "has no rule"),
        ("weekly", "'WEEKLY' cannot be used here"),
    ],
)
def test_text_that_cannot_be_followed_is_refused_in_a_sentence(text: str, says: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidRecurrence) as refused:
        by_rule(text)
    assert says in str(refused.value)
    assert str(refused.value).endswith(".")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("pattern", "limits", "says"),
    [
        ({"type": "hourly"}, {}, "pattern.type"),
        ({"type": "daily", "interval": 0}, {}, "pattern.interval"),
        ({"type": "daily", "every": 2}, {}, "pattern.every"),
        ({"type": "weekly"}, {}, "needs daysOfWeek"),
        ({"type": "weekly", "daysOfWeek": ["tuesday"]}, {}, "Start on Tue 02 Mar 2027"),
        ({"type": "absoluteYearly", "dayOfMonth": 1}, {}, "needs month"),
        ({"type": "daily"}, {"type": "numbered"}, "needs numberOfOccurrences"),
        ({"type": "daily"}, {"type": "numbered", "numberOfOccurrences": 1000}, "range.numberOfOccurrences"),
        ({"type": "daily"}, {"type": "endDate"}, "needs endDate"),
        ({"type": "daily"}, {"type": "endDate", "endDate": "2027-02-28"}, "before the start"),
        ({"type": "daily"}, {"startDate": "2027-03-02"}, "Both have to be the same date"),
        ({"type": "daily"}, {"recurrenceTimeZone": "Tokyo Standard Time"}, "Name the same zone, or none"),
        ({"type": "daily"}, {"recurrenceTimeZone": "Nowhere"}, "No time zone is called 'Nowhere'"),
    ],
)
def test_a_pattern_that_cannot_be_followed_is_refused_in_a_sentence(
    pattern: dict[str, Any], limits: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidRecurrence) as refused:
        by_pattern(pattern, limits)
    assert says in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("zone", ["W. Europe Standard Time", BERLIN, "Europe/Vienna", "", None])
def test_a_zone_with_the_same_clocks_may_be_named(zone: str | None) -> None:
    assert some(by_pattern({"type": "daily"}, {"recurrenceTimeZone": zone}), 1) == ["2027-03-01"]


@pytest.mark.parametrize(
    ("text", "start", "pattern"),
    [
        ("FREQ=DAILY;INTERVAL=2", "2027-03-01T09:00", {"type": "daily", "interval": 2}),
        (
            "FREQ=DAILY;BYDAY=MO,WE",
            "2027-03-01T09:00",
            {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "wednesday"], "firstDayOfWeek": "monday"},
        ),
        ("FREQ=MONTHLY", "2027-03-01T09:00", {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 1}),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "2027-03-31T09:00",
            {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=1MO",
            "2027-03-01T09:00",
            {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "index": "first", "month": 3},
        ),
        ("FREQ=MONTHLY", "2027-03-31T09:00", None),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "2027-03-01T09:00", None),
        ("FREQ=MONTHLY;BYDAY=5MO", "2027-03-29T09:00", None),
        ("FREQ=YEARLY;BYDAY=9MO", "2027-03-01T09:00", None),
        ("FREQ=WEEKLY;BYMONTH=3", "2027-03-01T09:00", None),
        ("RRULE:FREQ=WEEKLY\nRRULE:FREQ=WEEKLY;BYDAY=WE", "2027-03-01T09:00", None),
    ],
)
def test_graph_is_told_what_one_pattern_of_its_expresses(text: str, start: str, pattern: dict[str, Any] | None) -> None:
    found = as_graph(by_rule(text, start), BERLIN)
    assert (found and found["pattern"]) == pattern


def test_a_range_ends_as_the_rule_does_or_with_the_date_that_is_given() -> None:
    counted = as_graph(by_rule("FREQ=DAILY;COUNT=5"), BERLIN)
    cut = as_graph(by_rule("FREQ=DAILY;COUNT=5"), BERLIN, date(2027, 3, 3))
    assert counted is not None
    assert cut is not None
    common = {"startDate": "2027-03-01", "recurrenceTimeZone": BERLIN}
    assert counted["range"] == {"type": "numbered", "numberOfOccurrences": 5, **common}
    assert cut["range"] == {"type": "endDate", "endDate": "2027-03-03", **common}
    assert as_graph(by_rule("FREQ=DAILY;COUNT=1000"), BERLIN) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FREQ=WEEKLY;WKST=SU", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYSETPOS=+1;BYDAY=MO;INTERVAL=1"),
        ("RRULE:FREQ=WEEKLY\nRRULE:FREQ=WEEKLY;BYDAY=WE", "RRULE:FREQ=WEEKLY;BYDAY=WE\nRRULE:FREQ=WEEKLY;BYDAY=MO"),
    ],
)
def test_what_means_the_same_is_equal_and_stored_alike(one: str, other: str) -> None:
    assert by_rule(one) == by_rule(other)
    assert as_text(by_rule(one)) == as_text(by_rule(other))
    assert read_text(as_text(by_rule(one))) == by_rule(one)
