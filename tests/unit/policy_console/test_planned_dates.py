"""Dates that are not when the pattern of their series has them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.values import Window
from services.policy.console.planned_dates import planned_elsewhen
from services.policy.core.ledger import ReservationGroup
from tests.unit.policy.factories import NOW, SPACE, reservation

DAY = date(2027, 4, 5)
"""A Monday of the series, after the clocks were put forward in Berlin, where it is always at 10 o'clock."""


def at(hour: int, day: date = DAY, minutes: int = 60) -> Window:
    start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Window(start=start, end=start + timedelta(minutes=minutes))


GROUP = ReservationGroup(
    id=SPACE,
    space_id=SPACE,
    ical_uid=None,
    origin="api",
    status="confirmed",
    recurrence={},
    time_zone="Europe/Berlin",
    starts_at=datetime(2027, 3, 1, 9, tzinfo=UTC),
    ends_at=datetime(2027, 3, 1, 10, tzinfo=UTC),
    materialised_until=None,
    version=1,
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("window", "planned"),
    [
        (at(8), None),
        (at(9), at(8)),
        (at(8, minutes=90), at(8)),
        (at(8, DAY + timedelta(days=1)), at(8)),
    ],
)
def test_a_date_is_planned_by_the_clock_of_its_series(window: Window, planned: Window | None) -> None:
    assert planned_elsewhen(reservation(window, original_date=DAY), GROUP, NOW) == planned


@pytest.mark.parametrize("different", [{"original_date": None}, {"status": "cancelled"}, {"status": "declined"}])
def test_what_is_no_live_date_of_a_pattern_is_planned_for_no_other_time(different: dict[str, Any]) -> None:
    assert planned_elsewhen(reservation(at(9), **{"original_date": DAY, **different}), GROUP, NOW) is None


def test_of_a_date_that_is_over_the_pattern_does_not_tell_when_it_was_planned() -> None:
    moved = reservation(at(9), original_date=DAY)

    assert planned_elsewhen(moved, GROUP, moved.ends_at) is None
    assert planned_elsewhen(moved, GROUP, moved.ends_at - timedelta(seconds=1)) == at(8)
