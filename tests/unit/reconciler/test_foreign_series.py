"""What of a series on a room's own calendar is a drift: its dates are compared as events of the room's own are."""

from typing import Any

import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from libs.contracts.values import Answer, Meeting, Occurrence
from services.reconciler.core.drift import FoundKind, kind_of
from services.reconciler.core.expectation import Expectation
from services.reconciler.core.series import Agreement, BookedSeries, compare_listed, compare_whole, gather_series
from tests.unit.reconciler import factories
from tests.unit.reconciler.factories import NOW, SPACE, at, expected_series, listed_date, master

HORIZON = at(24 * 366)
OWNED: dict[str, Any] = {"is_room_owned": True, "answer": Answer.ORGANIZER}


def imported(days: int = 3, *, whole: dict[str, Any] | None = None, **different: dict[str, Any]) -> list[Expectation]:
    """A daily series that was imported, and its dates; `day_2` is what differs of the second."""
    dates = {
        f"day_{day}": {"answer": Answer.ORGANIZER, **different.get(f"day_{day}", {})} for day in range(1, days + 1)
    }
    return expected_series(days, whole={"answer": Answer.ORGANIZER, **(whole or {})}, **dates)


def occurrence(day: int, **different: Any) -> Occurrence:
    return factories.occurrence(day, **{"answer": Answer.ORGANIZER, **different})


def series_of(expectations: list[Expectation]) -> BookedSeries:
    [series] = gather_series(expectations).values()
    return series


def listing_says(expectations: list[Expectation], occurrences: list[Occurrence]) -> Agreement:
    listed = [listed_date(each).model_copy(update={"is_room_owned": True}) for each in occurrences]
    return compare_listed(series_of(expectations), listed, NOW, HORIZON)


def whole_says(expectations: list[Expectation], seen: Meeting) -> list[FoundKind]:
    drifts = compare_whole(series_of(expectations), seen, NOW, HORIZON)
    assert all((each.key, each.seen) == (MeetingKey(SPACE, "uid-1"), seen) for each in drifts)
    return [kind_of(each) for each in drifts]


ONE, TWO, THREE = occurrence(1), occurrence(2), occurrence(3)


@pytest.mark.parametrize(
    ("expectations", "occurrences"),
    [
        pytest.param(imported(), [ONE, TWO, THREE], id="all dates as they were imported"),
        pytest.param(
            imported(day_2={"starts_at": at(50), "ends_at": at(51)}),
            [ONE, occurrence(2, start=50), THREE],
            id="one date that was moved",
        ),
        pytest.param(imported(2), [ONE, TWO, occurrence(3, shows_as="free")], id="a date that blocks nothing"),
        pytest.param(imported(2), [ONE, TWO, occurrence(3, is_cancelled=True)], id="a date that was cancelled"),
        pytest.param(
            imported(2, whole={"booked_until": at(72)}), [ONE, TWO, THREE], id="a date that is not booked yet"
        ),
    ],
)
def test_these_agree(expectations: list[Expectation], occurrences: list[Occurrence]) -> None:
    assert listing_says(expectations, occurrences) is Agreement.AGREES
    assert whole_says(expectations, master(*occurrences, **OWNED)) == []


@pytest.mark.parametrize(
    ("expectations", "occurrences", "kind"),
    [
        pytest.param(imported(), [ONE, THREE], DriftKind.DIFFERENT_TIME, id="a date is gone"),
        pytest.param(
            imported(), [ONE, occurrence(2, start=50), THREE], DriftKind.DIFFERENT_TIME, id="a date has moved"
        ),
        pytest.param(
            imported(), [ONE, occurrence(2, shows_as="free"), THREE], DriftKind.DIFFERENT_ANSWER, id="a date is free"
        ),
        pytest.param(imported(2), [ONE, TWO, THREE], DriftKind.UNMANAGED, id="a date that others have"),
        pytest.param(
            imported(day_2={"yields": True}), [ONE, TWO, THREE], DriftKind.UNMANAGED, id="a date that yields to others"
        ),
        pytest.param(
            imported(day_2={"yields": True}),
            [ONE, TWO],
            DriftKind.DIFFERENT_TIME,
            id="a date that is gone counts more than one that yields",
        ),
        pytest.param(
            imported(day_2={"title": "Painting"}),
            [ONE, occurrence(2, subject="Carpets"), THREE],
            DriftKind.DIFFERENT_TITLE,
            id="a date has another title",
        ),
        pytest.param(imported(), [], DriftKind.MISSING_IN_OUTLOOK, id="no date is left"),
        pytest.param(
            imported(2),
            [occurrence(day, shows_as="free", start=24 * day + 2) for day in (3, 4)],
            DriftKind.MISSING_IN_OUTLOOK,
            id="all that is left blocks nothing",
        ),
    ],
)
def test_these_differ(expectations: list[Expectation], occurrences: list[Occurrence], kind: DriftKind) -> None:
    assert listing_says(expectations, occurrences) is Agreement.DIFFERS
    assert whole_says(expectations, master(*occurrences, **OWNED)) == [kind]


def test_whether_the_master_shows_as_busy_is_told_by_its_dates() -> None:
    assert whole_says(imported(), master(ONE, TWO, THREE, **OWNED, shows_as="free")) == []


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (factories.own_event(), DriftKind.DIFFERENT_TIME),
        (master(**OWNED, is_cancelled=True), DriftKind.MISSING_IN_OUTLOOK),
    ],
    ids=["a single event by now", "cancelled"],
)
def test_what_is_no_series_any_more_differs(seen: Meeting, kind: DriftKind) -> None:
    assert whole_says(imported(), seen) == [kind]
