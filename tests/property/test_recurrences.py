"""Promises about recurrences, whatever they are: one pattern in two words has one set of dates, and parts add up."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.values import Window
from services.policy.core.recurrence.expand import dates, expand
from services.policy.core.recurrence.graph import as_graph, from_graph
from services.policy.core.recurrence.part import cut_before, from_date
from services.policy.core.recurrence.rfc5545 import parse_rrule
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence
from services.policy.core.recurrence.shift import shift
from services.policy.core.recurrence.stored import as_text, read_text

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST = 120

starts = st.integers(0, 3 * 366 * 24 * 4).map(
    lambda each: datetime(2026, 1, 1, tzinfo=UTC) + each * timedelta(minutes=15)
)
weekdays = st.sets(st.sampled_from(WEEKDAYS), min_size=1, max_size=7).map(sorted)


@st.composite
def rule_texts(draw: st.DrawFn, start: date) -> str:
    """A rule that has the start among its dates more often than not."""
    today = WEEKDAYS[start.weekday()]
    days = ",".join(sorted({today, *draw(weekdays)}))
    day = draw(st.sampled_from([start.day, -1, 1]))
    pattern = draw(
        st.sampled_from(
            [
                "FREQ=DAILY",
                f"FREQ=WEEKLY;BYDAY={days};WKST={draw(st.sampled_from(WEEKDAYS))}",
                f"FREQ=MONTHLY;BYMONTHDAY={day}",
                f"FREQ=MONTHLY;BYMONTHDAY={start.day},15",
                f"FREQ=MONTHLY;BYDAY={(start.day - 1) // 7 + 1}{today}",
                f"FREQ=MONTHLY;BYDAY={days};BYSETPOS={draw(st.sampled_from([1, 2, -1]))}",
                f"FREQ=YEARLY;BYMONTH={start.month};BYMONTHDAY={start.day}",
                f"FREQ=YEARLY;BYMONTH={start.month};BYDAY={(start.day - 1) // 7 + 1}{today}",
                f"FREQ=YEARLY;BYYEARDAY={start.timetuple().tm_yday},-10",
            ]
        )
    )
    last = start + timedelta(days=draw(st.integers(0, 900)))
    end = draw(st.sampled_from(["", f";COUNT={draw(st.integers(1, 60))}", f";UNTIL={last:%Y%m%d}"]))
    return f"RRULE:{pattern};INTERVAL={draw(st.integers(1, 4))}{end}"


@st.composite
def series(draw: st.DrawFn) -> tuple[Recurrence, Window, str]:
    """A recurrence of one or two rules, its first window, and its zone."""
    zone = draw(st.sampled_from(ZONES))
    start = draw(starts)
    first = Window(start=start, end=start + timedelta(minutes=draw(st.integers(1, 3000))))
    rules = [draw(rule_texts(_local(start, zone))) for _ in range(draw(st.integers(1, 2)))]
    try:
        return parse_rrule("\n".join(rules), first, zone), first, zone
    except InvalidRecurrence:
        return parse_rrule("FREQ=DAILY;COUNT=9", first, zone), first, zone


@given(series())
@settings(max_examples=300, deadline=None)
def test_a_rule_that_graph_has_a_pattern_for_has_the_same_windows_by_it(made: tuple[Recurrence, Window, str]) -> None:
    recurrence, first, zone = made
    pattern = as_graph(recurrence, zone)
    if pattern is not None:
        again = from_graph(pattern, first, zone)
        assert list(islice(expand(again, first, zone), MOST)) == list(islice(expand(recurrence, first, zone), MOST))


@given(series(), st.integers(0, 1000))
@settings(max_examples=300, deadline=None)
def test_what_is_before_a_date_and_what_is_from_it_on_is_the_whole(
    made: tuple[Recurrence, Window, str], later: int
) -> None:
    recurrence, _, _ = made
    at = recurrence.since + timedelta(days=later)
    whole = list(islice(dates(recurrence), MOST))
    before, after = _dates(cut_before, recurrence, at), _dates(from_date, recurrence, at)
    assert (before + after)[:MOST] == whole[:MOST]
    assert all(day < at for day in before)
    assert all(day >= at for day in after)


@given(series())
@settings(max_examples=200, deadline=None)
def test_dates_are_in_order_and_each_is_once(made: tuple[Recurrence, Window, str]) -> None:
    planned = list(islice(expand(*made), MOST))
    assert planned[0].original_date == made[0].since
    for one, next_one in pairwise(planned):
        assert one.original_date < next_one.original_date
        assert one.window.start < next_one.window.start
    assert all(each.window.start < each.window.end for each in planned)


@given(series(), st.integers(-40, 40))
@settings(max_examples=300, deadline=None)
def test_a_series_is_moved_as_a_whole_or_not_at_all(made: tuple[Recurrence, Window, str], days: int) -> None:
    recurrence, by = made[0], timedelta(days=days)
    try:
        moved = shift(recurrence, days)
    except InvalidRecurrence:
        return
    assert list(islice(dates(moved), MOST)) == [day + by for day in islice(dates(recurrence), MOST)]
    assert shift(moved, -days) == recurrence


@given(series(), st.integers(0, 300))
@settings(max_examples=200, deadline=None)
def test_what_is_stored_is_read_as_it_was(made: tuple[Recurrence, Window, str], later: int) -> None:
    recurrence = made[0]
    assert read_text(as_text(recurrence)) == recurrence
    for part in (cut_before, from_date):
        try:
            found = part(recurrence, recurrence.since + timedelta(days=later))
        except InvalidRecurrence:
            continue
        assert read_text(as_text(found)) == found


def _dates(part: object, recurrence: Recurrence, at: date) -> list[date]:
    assert callable(part)
    try:
        return list(islice(dates(part(recurrence, at)), 2 * MOST))
    except InvalidRecurrence:
        return []


def _local(start: datetime, zone: str) -> date:
    return start.astimezone(ZoneInfo(zone)).date()
