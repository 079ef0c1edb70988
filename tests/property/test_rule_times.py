"""Rules about time against the clock on the wall, in every zone, around every change of its clock in three years.

What a clock shows is found minute by minute, by `zoneinfo` alone. A zone whose clock is not changed is tried on a day
like any other.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from libs.contracts.values import Window
from services.policy.core.policies.dates import AdvanceWindow, BookingDates
from services.policy.core.policies.durations import AllDay, MaximumDuration, MinimumDuration, TimeGrid
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.parameters import WEEKDAYS
from services.policy.core.policies.rule import Asked, Rule
from services.policy.core.policies.usage import Quota
from services.policy.core.times import days_window, whole_days

NOT_PLACES = {"localtime", "Factory", "posixrules"}
ZONES = sorted(available_timezones() - NOT_PLACES)
REGIONS = {zone.partition("/")[0] if "/" in zone else "others" for zone in ZONES}

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
ANY_DAY = datetime(2027, 3, 2, 12, tzinfo=UTC)
A_DAY, A_MINUTE, A_SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
AROUND = timedelta(hours=3)
MINUTES_OF_A_DAY = 1440

EVERY = pytest.mark.parametrize("region", sorted(REGIONS))


def wall(instant: datetime, zone: str) -> datetime:
    """Return what the clock of a zone shows."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Return when the clock of a zone is changed, to the minute; any time if it never is."""
    days = [FIRST + A_DAY * number for number in range((LAST - FIRST).days + 1)]
    offsets = [each.astimezone(ZoneInfo(zone)).utcoffset() for each in days]
    found = [
        next(day + A_MINUTE * each for each in range(1, 1441) if offset(day + A_MINUTE * each, zone) != before)
        for day, (before, after) in zip(days, pairwise(offsets), strict=False)
        if before != after
    ]
    return tuple(found) or (ANY_DAY,)


def offset(instant: datetime, zone: str) -> timedelta | None:
    return instant.astimezone(ZoneInfo(zone)).utcoffset()


def every_change(region: str) -> Iterator[tuple[str, datetime]]:
    """Return each zone of a region with each change of its clock."""
    for zone in ZONES:
        if (zone.partition("/")[0] if "/" in zone else "others") == region:
            yield from ((zone, change) for change in changes(zone))


def changed_hours(zone: str, change: datetime) -> tuple[date, int, int]:
    """Return the day and the minutes of it, from and until, that are skipped or shown twice."""
    shown, shown_instead = wall(change - A_MINUTE, zone) + A_MINUTE, wall(change, zone)
    first, last = min(shown, shown_instead), max(shown, shown_instead)
    start = first.hour * 60 + first.minute
    return first.date(), start, start + (last - first) // A_MINUTE


def asked(start: datetime, end: datetime, zone: str, now: datetime = FIRST) -> Asked:
    return Asked(Window(start=start, end=end), 1, "ada@example.org", now, zone, capacity=8)


def holds(rule: Rule, request: Asked) -> bool:
    return rule.find_breach(request) is None


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def daily(*spans: tuple[int, int]) -> OpeningHours:
    """Make opening hours that are the same on each day, from minutes since midnight."""
    return OpeningHours(weekly={day: [(clock(opens), clock(closes)) for opens, closes in spans] for day in WEEKDAYS})


def hours_around(start: int, end: int) -> list[list[tuple[int, int]]]:
    """Return hours that begin and end before, in and after those that are skipped or shown twice."""
    edges = sorted({min(max(each, 0), 1440) for each in (start - 60, start, start + 15, end, end + 60)})
    inside = [(start, start + 10), (start + 20, start + 30)]
    return [[span] for span in combinations(edges, 2)] + ([inside] if start + 30 <= 1440 else [])


def runs(is_open: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the stretches of minutes that are open, half-open."""
    edges = [0, *(at for at in range(1, len(is_open)) if is_open[at] != is_open[at - 1]), len(is_open)]
    return [(start, end) for start, end in pairwise(edges) if is_open[start]]


@EVERY
def test_opening_hours_are_what_the_clock_on_the_wall_shows(region: str) -> None:
    minutes = 2 * AROUND // A_MINUTE
    for zone, change in every_change(region):
        begins = change - AROUND
        shown = [wall(begins + A_MINUTE * each, zone) for each in range(minutes)]
        into_the_day = [each.hour * 60 + each.minute for each in shown]
        _, start, end = changed_hours(zone, change)
        for spans in hours_around(start, end):
            rule, where = daily(*spans), f"{spans} in {zone} around {change}"
            is_open = [any(opens <= each < closes for opens, closes in spans) for each in into_the_day]

            def is_held(first: int, last: int, rule: Rule = rule, begins: datetime = begins, zone: str = zone) -> bool:
                return holds(rule, asked(begins + A_MINUTE * first, begins + A_MINUTE * last, zone))

            for first, last in runs(is_open):
                assert is_held(first, last), where
                assert first == 0 or not is_held(first - 1, last), where
                assert last == minutes or not is_held(first, last + 1), where
            for first, last in runs([not each for each in is_open]):
                assert not is_held(first, last), where
                assert not is_held(first, first + 1), where
                assert not is_held(last - 1, last), where


@EVERY
def test_a_whole_day_is_one_whether_it_has_23_or_25_hours(region: str) -> None:
    for zone, change in every_change(region):
        for day in {wall(change - A_SECOND, zone).date(), wall(change, zone).date()}:
            for days in (1, 2):
                at = days_window(day, day + A_DAY * (days - 1), zone)
                request, where = asked(at.start, at.end, zone), f"{day} in {zone}"
                assert wall(at.start - A_SECOND, zone).date() < day <= wall(at.start, zone).date(), where
                assert whole_days(at, zone) == (day, day + A_DAY * (days - 1)), where
                assert holds(MaximumDuration(minutes=days * MINUTES_OF_A_DAY), request), where
                assert holds(MinimumDuration(minutes=days * MINUTES_OF_A_DAY), request), where
                assert not holds(MaximumDuration(minutes=days * MINUTES_OF_A_DAY - 1), request), where
                assert not holds(AllDay(allowed=False), request), where
                assert holds(daily((0, 1440)), request), where
                assert not holds(daily((0, 720), (721, 1440)), request), where


@EVERY
def test_whole_days_begin_and_end_at_midnight_only(region: str) -> None:
    for zone, change in every_change(region):
        day = days_window(wall(change, zone).date(), wall(change, zone).date(), zone)
        for start, end in ((-A_MINUTE, -A_MINUTE), (A_MINUTE, A_MINUTE), (A_MINUTE, A_MINUTE * 0)):
            moved = Window(start=day.start + start, end=day.end + end)
            assert whole_days(moved, zone) is None, f"{moved} in {zone}"


@EVERY
def test_a_time_grid_is_on_the_clock_on_the_wall(region: str) -> None:
    for zone, change in every_change(region):
        for number in range(-18, 18):
            start = change + timedelta(minutes=10 * number)
            shown = wall(start, zone)
            for minutes in (15, 60, 90):
                is_on_it = (shown.hour * 60 + shown.minute) % minutes == 0
                request = asked(start, start + A_MINUTE, zone)
                assert holds(TimeGrid(minutes=minutes), request) == is_on_it, f"{start} in {zone}"


@EVERY
def test_booking_dates_are_those_on_the_wall(region: str) -> None:
    for zone, change in every_change(region):
        for number in range(-6, 6):
            start = change + timedelta(minutes=20 * number)
            for minutes in (10, 20, 90):
                end = start + A_MINUTE * minutes
                first, last = wall(start, zone).date(), wall(end - A_SECOND, zone).date()
                request, where = asked(start, end, zone), f"{start} to {end} in {zone}"
                assert holds(BookingDates(from_=first, until=max(first, last)), request), where
                assert not holds(BookingDates(from_=first + A_DAY), request), where
                assert not holds(BookingDates(until=last - A_DAY), request), where


@EVERY
def test_a_date_opens_once_the_clock_on_the_wall_says_so(region: str) -> None:
    for zone, change in every_change(region):
        begins = change - AROUND
        nows = [begins + timedelta(minutes=15 * number) for number in range(2 * AROUND // timedelta(minutes=15))]
        shown = [wall(each, zone) for each in nows]
        day, start, end = changed_hours(zone, change)
        for minutes in {each for each in (0, start - 60, start, start + 15, end, end + 60) if 0 <= each < 1440}:
            opening = datetime.combine(day, time(minutes // 60, minutes % 60))
            has_opened = False
            at = days_window(day + 2 * A_DAY, day + 2 * A_DAY, zone).start + timedelta(hours=9)
            rule = AdvanceWindow(days=2, opens_at=clock(minutes))
            for now, time_of_day in zip(nows, shown, strict=True):
                has_opened = has_opened or time_of_day >= opening
                where = f"{rule} at {now} in {zone}"
                assert holds(rule, asked(at, at + A_MINUTE, zone, now)) == has_opened, where
                if minutes == 0:
                    assert holds(AdvanceWindow(days=2), asked(at, at + A_MINUTE, zone, now)) == has_opened, where


@EVERY
def test_the_periods_of_a_quota_part_all_time(region: str) -> None:
    quotas = [Quota(limit=1, measure="bookings", per=per) for per in ("day", "week", "month", "year")]
    for zone, change in every_change(region):
        instants = [change + timedelta(minutes=30 * number) for number in range(-8, 8)] + [change - A_SECOND]
        for quota in quotas:
            for instant in instants:
                opens, closes = quota.period_of(instant, FIRST, zone)
                where = f"{instant} in {zone} per {quota.per}"
                assert closes is not None, where
                assert opens <= instant < closes, where
                assert quota.period_of(opens, FIRST, zone) == (opens, closes), where
                assert quota.period_of(closes - A_SECOND, FIRST, zone) == (opens, closes), where
                assert quota.period_of(closes, FIRST, zone)[0] == closes, where


KYIV = "Europe/Kyiv"
SHORT, LONG = date(2027, 3, 28), date(2027, 10, 31)
"""On the first the clock skips 03:00 to 04:00, on the second it shows these twice."""


@pytest.mark.parametrize(
    ("opens", "closes", "start", "end", "is_open"),
    [
        ("08:00", "18:00", "03-28 05:00", "03-28 15:00", True),
        ("08:00", "18:00", "10-31 06:00", "10-31 16:00", True),
        ("03:00", "05:00", "03-28 01:00", "03-28 02:00", True),
        ("03:30", "05:00", "03-28 01:00", "03-28 02:00", True),
        ("02:00", "03:30", "03-28 00:00", "03-28 01:00", True),
        ("02:00", "03:30", "03-28 00:00", "03-28 01:01", False),
        ("03:00", "04:00", "03-28 01:00", "03-28 01:01", False),
        ("03:00", "04:00", "10-31 00:00", "10-31 02:00", True),
        ("03:00", "03:30", "10-31 00:00", "10-31 00:30", True),
        ("03:00", "03:30", "10-31 01:00", "10-31 01:30", True),
        ("03:00", "03:30", "10-31 00:30", "10-31 01:00", False),
        ("03:00", "03:30", "10-31 00:00", "10-31 01:30", False),
    ],
)
def test_hours_in_kyiv_when_its_clock_is_changed(opens: str, closes: str, start: str, end: str, is_open: bool) -> None:
    """From when until when is told in UTC."""
    rule = OpeningHours(weekly={"sunday": [(opens, closes)]})
    first, last = (datetime.fromisoformat(f"2027-{each}Z") for each in (start, end))

    assert holds(rule, asked(first, last, KYIV)) == is_open


@pytest.mark.parametrize(("day", "hours"), [(SHORT, 23), (LONG, 25)])
def test_a_day_in_kyiv_when_its_clock_is_changed_counts_24_hours(day: date, hours: int) -> None:
    at = days_window(day, day, KYIV)
    request = asked(at.start, at.end, KYIV)

    assert (at.end - at.start) == timedelta(hours=hours)
    assert request.minutes == MINUTES_OF_A_DAY


def test_every_place_that_has_a_clock_is_tried() -> None:
    assert KYIV in ZONES
    assert len(ZONES) > 400
    assert {zone for region in REGIONS for zone, _ in every_change(region)} == set(ZONES)
    assert len(changes(KYIV)) == len(changes("Europe/Berlin")) == 6
