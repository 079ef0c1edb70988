"""When the dates of a recurrence are, and how they are parted and moved."""

from datetime import date, timedelta
from itertools import islice

import pytest

from services.policy.core.recurrence.expand import expand
from services.policy.core.recurrence.part import cut_before, from_date
from services.policy.core.recurrence.rule import InvalidRecurrence
from services.policy.core.recurrence.shift import shift
from tests.unit.policy.recurrence.asking import BERLIN, by_rule, some, window

AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "length", "day", "expected"),
    [
        ("2027-03-27T09:00", AN_HOUR, "2027-03-29", "2027-03-29T07:00/2027-03-29T08:00"),
        ("2027-03-27T02:30", AN_HOUR, "2027-03-28", "2027-03-28T01:30/2027-03-28T02:30"),  # skipped: 02:30
        ("2027-03-27T01:45", AN_HOUR, "2027-03-28", "2027-03-28T00:45/2027-03-28T01:45"),  # ends at 02:45
        ("2027-03-27T02:30", AN_HOUR / 2, "2027-03-28", "2027-03-28T01:30/2027-03-28T02:00"),  # would end before
        ("2027-10-30T02:30", AN_HOUR, "2027-10-31", "2027-10-31T00:30/2027-10-31T02:30"),  # twice: 02:30
        ("2027-10-30T23:00", 2 * AN_HOUR, "2027-10-31", "2027-10-31T22:00/2027-11-01T00:00"),
        ("2027-03-27T00:00", A_DAY, "2027-03-28", "2027-03-27T23:00/2027-03-28T22:00"),
        ("2027-10-29T00:00", 3 * A_DAY, "2027-10-30", "2027-10-29T22:00/2027-11-01T23:00"),
    ],
)
def test_each_date_is_at_the_wall_time_of_the_first(start: str, length: timedelta, day: str, expected: str) -> None:
    planned = islice(expand(by_rule("FREQ=DAILY", start), window(start, length), BERLIN), 10)
    found = next(each.window for each in planned if each.original_date.isoformat() == day)
    assert f"{found.start:%Y-%m-%dT%H:%M}/{found.end:%Y-%m-%dT%H:%M}" == expected


def test_a_recurrence_without_end_stops_at_the_last_day_that_there_is() -> None:
    *_, last = expand(by_rule("FREQ=YEARLY;INTERVAL=900"), window(), BERLIN)
    assert last.original_date == date(9227, 3, 1)


@pytest.mark.parametrize(
    ("text", "day", "before", "after"),
    [
        ("FREQ=DAILY;COUNT=3", "2027-03-02", ["2027-03-01"], ["2027-03-02", "2027-03-03"]),
        (
            "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2\nRRULE:FREQ=WEEKLY;INTERVAL=3;BYDAY=WE;COUNT=2",
            "2027-03-04",
            ["2027-03-01", "2027-03-03"],
            ["2027-03-15", "2027-03-24"],
        ),
        ("RRULE:FREQ=DAILY;COUNT=4\nEXDATE:20270302", "2027-03-03", ["2027-03-01"], ["2027-03-03", "2027-03-04"]),
    ],
)
def test_a_series_that_is_parted_goes_on_as_before(text: str, day: str, before: list[str], after: list[str]) -> None:
    whole, at = by_rule(text), date.fromisoformat(day)
    assert (some(cut_before(whole, at)), some(from_date(whole, at))) == (before, after)


def test_a_series_cannot_be_parted_where_it_has_no_dates() -> None:
    with pytest.raises(InvalidRecurrence, match="no dates before"):
        cut_before(by_rule("FREQ=DAILY"), date(2027, 3, 1))
    with pytest.raises(InvalidRecurrence, match="no dates on or after"):
        from_date(by_rule("FREQ=DAILY;COUNT=2"), date(2027, 3, 3))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("FREQ=DAILY;INTERVAL=2;COUNT=4", 3),
        ("FREQ=WEEKLY;BYDAY=MO,FR;COUNT=4", 2),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU;COUNT=4", -1),
        ("FREQ=MONTHLY;COUNT=4", 27),
        ("FREQ=YEARLY;UNTIL=20290301", 5),
        ("RRULE:FREQ=DAILY;COUNT=4\nEXDATE:20270302", 7),
    ],
)
def test_every_date_moves_by_as_many_days(text: str, days: int) -> None:
    whole = by_rule(text)
    moved = [(date.fromisoformat(day) + timedelta(days=days)).isoformat() for day in some(whole)]
    assert some(shift(whole, days)) == moved


@pytest.mark.parametrize(
    ("text", "days"), [("FREQ=MONTHLY;BYDAY=1MO", 1), ("FREQ=MONTHLY", 28), ("FREQ=MONTHLY", -1), ("FREQ=DAILY", 10**9)]
)
def test_a_pattern_without_words_for_other_days_is_not_moved(text: str, days: int) -> None:
    with pytest.raises(InvalidRecurrence, match="cannot be moved"):
        shift(by_rule(text), days)
    assert shift(by_rule(text), 0) == by_rule(text)
