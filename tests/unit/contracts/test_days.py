"""Whole days in an unknown zone are days where the room is; who does not know the room's zone still knows the days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.days import in_zone
from libs.contracts.shown import is_shown_at
from libs.contracts.values import Meeting, Occurrence, SeriesListing, Window

DAY = datetime(2027, 7, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
ZONES = st.sampled_from(["America/New_York", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin", "UTC"])


def whole_day(start: datetime = DAY, days: int = 1, **different: Any) -> Meeting:
    usual = {"event_id": "e", "ical_uid": "u", "start": start, "end": start + timedelta(days=days)}
    return Meeting(**{**usual, "is_all_day": True, "is_floating": True, **different})


def test_a_floating_day_is_a_day_where_the_room_is() -> None:
    settled = in_zone(whole_day(), "America/New_York")

    assert (settled.start.isoformat(), settled.end.isoformat()) == (
        "2027-07-01T04:00:00+00:00",
        "2027-07-02T04:00:00+00:00",
    )
    assert (settled.is_floating, settled.time_zone) == (False, "America/New_York")


def test_each_date_of_a_floating_series_is_a_day_where_the_room_is_unless_it_has_a_time_of_day() -> None:
    second, third = DAY + A_DAY, DAY + timedelta(days=2, hours=9)
    dates = ((DAY, DAY + A_DAY), (second, second + A_DAY), (third, third + timedelta(hours=1)))
    occurrences = tuple(
        Occurrence(original_date=start.date(), event_id=f"o{start.day}", start=start, end=end) for start, end in dates
    )
    listing = SeriesListing(recurrence={}, time_zone="UTC", occurrences=occurrences, listed_until=DAY + 3 * A_DAY)

    settled = in_zone(whole_day(is_series=True, series=listing), "America/New_York").series

    assert settled is not None
    assert [each.start.isoformat() for each in settled.occurrences] == [
        "2027-07-01T04:00:00+00:00",
        "2027-07-02T04:00:00+00:00",
        "2027-07-03T09:00:00+00:00",
    ]
    assert [each.original_date for each in settled.occurrences] == [each.original_date for each in occurrences]
    assert settled.listed_until == datetime(2027, 7, 4, 4, tzinfo=UTC)


def test_any_other_meeting_stays_as_it_is() -> None:
    meeting = whole_day(is_floating=False)

    assert in_zone(meeting, "America/New_York") == meeting


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(1, 9), ZONES)
def test_a_floating_event_stands_at_its_days_in_whatever_zone(at: date, days: int, zone: str) -> None:
    meeting = whole_day(datetime(at.year, at.month, at.day, tzinfo=UTC), days)

    assert is_shown_at(meeting, in_zone(meeting, zone).window)


@pytest.mark.parametrize("days_later", [-2, -1, 1, 2])
def test_it_stands_at_no_other_days(days_later: int) -> None:
    there = in_zone(whole_day(DAY + timedelta(days=days_later)), "America/New_York").window
    longer = Window(start=DAY, end=DAY.astimezone(ZoneInfo("UTC")) + timedelta(days=2))

    assert not is_shown_at(whole_day(), there)
    assert not is_shown_at(whole_day(), longer)
