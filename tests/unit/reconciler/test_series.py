"""What of a series that is booked is a drift, date by date: as a listing shows it, and as it is read as a whole."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from libs.contracts.values import Answer, Meeting, Occurrence
from services.reconciler.core.drift import FoundKind, kind_of
from services.reconciler.core.expectation import Expectation
from services.reconciler.core.series import Agreement, BookedSeries, compare_listed, compare_whole, gather_series
from tests.unit.reconciler.factories import (
    NOW,
    SPACE,
    at,
    event,
    expected,
    expected_date,
    expected_series,
    listed_date,
    master,
    occurrence,
)

HORIZON = at(24 * 366)
ONE, TWO, THREE = occurrence(1), occurrence(2), occurrence(3)
FLYING = {"awaited_until": at(0.01)}
OWN = {"event_id": "date 2"}
"""A date that was decided about by itself."""


def series_of(expectations: list[Expectation]) -> BookedSeries:
    [series] = gather_series(expectations).values()
    return series


def listing_says(expectations: list[Expectation], occurrences: list[Occurrence]) -> Agreement:
    return compare_listed(series_of(expectations), map(listed_date, occurrences), NOW, HORIZON)


def whole_says(expectations: list[Expectation], seen: Meeting) -> list[FoundKind]:
    drifts = compare_whole(series_of(expectations), seen, NOW, HORIZON)
    assert all((each.key, each.seen) == (MeetingKey(SPACE, "uid-1"), seen) for each in drifts)
    return [kind_of(each) for each in drifts]


@pytest.mark.parametrize(
    ("expectations", "occurrences"),
    [
        pytest.param(expected_series(), [ONE, TWO, THREE], id="all dates as they are booked"),
        pytest.param(expected_series(), [THREE, ONE, TWO], id="in any order"),
        pytest.param(
            expected_series(day_2={**OWN, "starts_at": at(50), "ends_at": at(51)}),
            [ONE, occurrence(2, start=50), THREE],
            id="one date that was moved and accepted",
        ),
        pytest.param(
            expected_series(day_2={**OWN, "answer": Answer.DECLINED}),
            [ONE, occurrence(2, answer=Answer.DECLINED), THREE],
            id="one date that was declined and is there",
        ),
        pytest.param(
            expected_series(day_2={**OWN, "answer": Answer.DECLINED}), [ONE, THREE], id="or has left the calendar"
        ),
        pytest.param(
            expected_series(day_2={**OWN, "answer": Answer.TENTATIVE}),
            [ONE, occurrence(2, answer=Answer.TENTATIVE), THREE],
            id="one date that was answered with another time",
        ),
        pytest.param(
            expected_series(2), [ONE, TWO, occurrence(3, answer=Answer.DECLINED)], id="a declined date nobody knows"
        ),
        pytest.param(expected_series(2), [ONE, TWO, occurrence(3, is_cancelled=True)], id="a cancelled date"),
        pytest.param(expected_series(2), [ONE, TWO, occurrence(0, start=-3)], id="a date that is over"),
        pytest.param(
            [*expected_series(), expected_date(0, starts_at=at(-3), ends_at=at(-2))],
            [ONE, TWO, THREE],
            id="a date that was expected until now",
        ),
        pytest.param(
            expected_series(2, whole={"booked_until": at(72)}), [ONE, TWO, THREE], id="a date that is not booked yet"
        ),
        pytest.param(
            expected_series(whole={"booked_until": at(72)}), [ONE, TWO], id="a date beyond what is booked in any case"
        ),
        pytest.param([*expected_series(), expected_date(400)], [ONE, TWO, THREE], id="a date beyond what is looked at"),
        pytest.param(expected_series(0), [], id="a series of which no date is left on either side"),
        pytest.param(expected_series(day_2={"title": "Seminar"}), [ONE, TWO, THREE], id="a subject that was deleted"),
        pytest.param(
            [*expected_series(day_2=OWN), expected_date(2, answer=Answer.ORGANIZER, yields=True)],
            [ONE, TWO, THREE],
            id="a date of which it is also known that it could not be read",
        ),
    ],
)
def test_these_agree(expectations: list[Expectation], occurrences: list[Occurrence]) -> None:
    assert listing_says(expectations, occurrences) is Agreement.AGREES
    assert whole_says(expectations, master(*occurrences)) == []


@pytest.mark.parametrize(
    ("expectations", "occurrences", "kind"),
    [
        pytest.param(expected_series(), [ONE, THREE], DriftKind.DIFFERENT_TIME, id="a date is gone"),
        pytest.param(
            expected_series(),
            [ONE, occurrence(2, is_cancelled=True), THREE],
            DriftKind.DIFFERENT_TIME,
            id="a date is cancelled",
        ),
        pytest.param(
            expected_series(), [ONE, occurrence(2, start=50), THREE], DriftKind.DIFFERENT_TIME, id="a date has moved"
        ),
        pytest.param(
            expected_series(),
            [ONE, occurrence(2, end=at(50)), THREE],
            DriftKind.DIFFERENT_TIME,
            id="a date lasts longer",
        ),
        pytest.param(
            expected_series(),
            [occurrence(day, start=24 * day + 2, answer=Answer.NOT_RESPONDED) for day in (1, 2, 3)],
            DriftKind.DIFFERENT_TIME,
            id="all dates have moved",
        ),
        pytest.param(expected_series(2), [ONE, TWO, THREE], DriftKind.DIFFERENT_TIME, id="a date is new"),
        pytest.param(
            expected_series(2, whole={"booked_until": at(72)}),
            [ONE, TWO, occurrence(3, start=71)],
            DriftKind.DIFFERENT_TIME,
            id="a date has moved to where the series is booked",
        ),
        pytest.param(
            expected_series(day_2={**OWN, "starts_at": at(50), "ends_at": at(51)}),
            [ONE, TWO, THREE],
            DriftKind.DIFFERENT_TIME,
            id="a date that was moved is back",
        ),
        pytest.param(
            expected_series(),
            [ONE, occurrence(2, answer=Answer.TENTATIVE), THREE],
            DriftKind.DIFFERENT_ANSWER,
            id="a date is answered otherwise than its series",
        ),
        pytest.param(
            expected_series(),
            [ONE, occurrence(2, answer=Answer.DECLINED), THREE],
            DriftKind.DIFFERENT_ANSWER,
            id="a date was declined in the room's name",
        ),
        pytest.param(
            expected_series(day_2={**OWN, "answer": Answer.DECLINED}),
            [ONE, TWO, THREE],
            DriftKind.DIFFERENT_ANSWER,
            id="a date that was declined is accepted",
        ),
        pytest.param(
            expected_series(),
            [ONE, occurrence(2, shows_as="free"), THREE],
            DriftKind.DIFFERENT_ANSWER,
            id="one is free",
        ),
        pytest.param(
            expected_series(day_2={"title": "Seminar"}),
            [ONE, occurrence(2, subject="Lecture"), THREE],
            DriftKind.DIFFERENT_TITLE,
            id="a date has another title",
        ),
        pytest.param(
            expected_series(day_2={**OWN, "is_given_up": True}),
            [ONE, TWO, THREE],
            DriftKind.SHOWN_AFTER_ALL,
            id="a date shows what was given up",
        ),
        pytest.param(
            expected_series(day_2={"title": "Seminar"}),
            [ONE, occurrence(2, subject="Lecture"), occurrence(3, answer=Answer.TENTATIVE), occurrence(4)],
            DriftKind.DIFFERENT_TIME,
            id="of several differences that of time counts",
        ),
        pytest.param(expected_series(), [], DriftKind.MISSING_IN_OUTLOOK, id="no date is left"),
        pytest.param(
            expected_series(),
            [occurrence(day, is_cancelled=True) for day in (1, 2, 3)],
            DriftKind.MISSING_IN_OUTLOOK,
            id="all dates are cancelled",
        ),
        pytest.param(
            expected_series(day_2={**OWN, "answer": Answer.DECLINED}),
            [occurrence(2, answer=Answer.DECLINED)],
            DriftKind.MISSING_IN_OUTLOOK,
            id="all that is left is a date that was declined",
        ),
    ],
)
def test_these_differ(expectations: list[Expectation], occurrences: list[Occurrence], kind: DriftKind) -> None:
    assert listing_says(expectations, occurrences) is Agreement.DIFFERS
    assert whole_says(expectations, master(*occurrences)) == [kind]


@pytest.mark.parametrize(
    ("expectations", "occurrences"),
    [
        pytest.param(
            expected_series(whole=FLYING, day_1=FLYING, day_2=FLYING, day_3=FLYING),
            [occurrence(day, answer=Answer.NOT_RESPONDED) for day in (1, 2, 3)],
            id="the answer to the series",
        ),
        pytest.param(expected_series(whole=FLYING), [], id="the answer to a series that is away meanwhile"),
        pytest.param(
            expected_series(day_2={**OWN, **FLYING, "starts_at": at(50), "ends_at": at(51)}),
            [ONE, occurrence(2, start=50, answer=Answer.NOT_RESPONDED), THREE],
            id="the answer to one date",
        ),
        pytest.param(
            expected_series(day_2={**OWN, **FLYING, "answer": Answer.DECLINED}),
            [ONE, TWO, THREE],
            id="the decline of one date",
        ),
        pytest.param(expected_series(day_2={**OWN, **FLYING}), [ONE, THREE], id="the answer to a date that is away"),
    ],
)
def test_what_is_in_flight_is_no_drift_and_says_nothing(
    expectations: list[Expectation], occurrences: list[Occurrence]
) -> None:
    assert listing_says(expectations, occurrences) is Agreement.UNDECIDED
    assert whole_says(expectations, master(*occurrences)) == []
    assert series_of(expectations).is_awaited(NOW)
    assert not series_of(expectations).is_awaited(at(1))


def test_what_is_awaited_and_shown_already_is_agreement() -> None:
    flying = expected_series(whole=FLYING, day_1=FLYING, day_2=FLYING, day_3=FLYING)

    assert listing_says(flying, [ONE, TWO, THREE]) is Agreement.AGREES


@pytest.mark.parametrize(
    ("expectations", "occurrences"),
    [
        (expected_series(day_2={**OWN, **FLYING, "answer": Answer.DECLINED}), [ONE, TWO]),
        (expected_series(2, day_2={**OWN, **FLYING}), [ONE, TWO, THREE]),
    ],
    ids=["one that is gone", "one that is new"],
)
def test_a_date_in_flight_hides_no_difference_of_another(
    expectations: list[Expectation], occurrences: list[Occurrence]
) -> None:
    assert listing_says(expectations, occurrences) is Agreement.DIFFERS
    assert whole_says(expectations, master(*occurrences)) == [DriftKind.DIFFERENT_TIME]


def test_the_answer_that_the_master_shows_is_compared_too() -> None:
    seen = master(ONE, TWO, THREE, answer=Answer.NOT_RESPONDED)

    assert whole_says(expected_series(), seen) == [DriftKind.DIFFERENT_ANSWER]


@pytest.mark.parametrize("cut", [None, 80])
def test_a_date_beyond_what_was_read_of_a_series_is_not_missing(cut: float | None) -> None:
    until = at(cut) if cut is not None else None

    found = whole_says(expected_series(4), master(ONE, TWO, THREE, listed_until=until))

    assert found == ([DriftKind.DIFFERENT_TIME] if cut is None else [])


def test_a_date_that_came_from_beyond_what_is_compared_differs() -> None:
    expectations = [*expected_series(2), expected_date(400)]
    occurrences = [ONE, TWO, occurrence(400, start=60)]

    assert listing_says(expectations, occurrences) is Agreement.DIFFERS
    assert whole_says(expectations, master(*occurrences)) == [DriftKind.DIFFERENT_TIME]


def test_a_date_that_cannot_be_read_is_as_it_is_booked_if_its_time_is() -> None:
    blind = occurrence(2, answer=Answer.ORGANIZER)
    listed = [listed_date(ONE), listed_date(blind).model_copy(update={"is_unreadable": True}), listed_date(THREE)]

    assert compare_listed(series_of(expected_series()), listed, NOW, HORIZON) is Agreement.AGREES
    assert whole_says(expected_series(), master(ONE, blind, THREE)) == []


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (event(is_series=True, is_cancelled=True), DriftKind.MISSING_IN_OUTLOOK),
        (event(), DriftKind.DIFFERENT_TIME),
    ],
)
def test_a_series_that_is_none_any_more_differs(seen: Meeting, kind: DriftKind) -> None:
    assert whole_says(expected_series(), seen) == [kind]


def test_only_a_series_that_is_accepted_has_dates_to_compare() -> None:
    for whole in ({"answer": Answer.DECLINED}, {"answer": Answer.TENTATIVE}, {"want": "move_back", "answer": None}):
        assert gather_series(expected_series(whole=whole)) == {}
    assert gather_series([expected(), *expected_series()[1:]]) == {}
    assert gather_series([expected_date(1, reservation_id=None)]) == {}


# --- promises

DATES = st.sets(st.integers(1, 400), max_size=12)


@given(st.permutations(range(360, 380)), st.permutations(range(360, 380)))
def test_a_series_that_is_as_booked_agrees_in_any_order(booked: list[int], shown: list[int]) -> None:
    expectations = [expected_series(0)[0], *(expected_date(day) for day in booked)]
    occurrences = [occurrence(day) for day in shown]

    assert listing_says(expectations, occurrences) is Agreement.AGREES
    assert whole_says(expectations, master(*occurrences)) == []


@given(DATES, DATES)
def test_the_listing_and_the_whole_say_the_same(booked: set[int], shown: set[int]) -> None:
    expectations = [expected_series(0)[0], *(expected_date(day) for day in booked)]
    occurrences = [occurrence(day) for day in shown]

    agrees = listing_says(expectations, occurrences) is Agreement.AGREES

    assert agrees == (whole_says(expectations, master(*occurrences)) == [])
    assert agrees == ({day for day in booked if day < 366} == {day for day in shown if day < 366})


def test_a_series_is_compared_as_far_as_it_is_booked_and_not_beyond_the_horizon() -> None:
    def until(booked_until: datetime | None) -> datetime:
        return series_of(expected_series(whole={"booked_until": booked_until})).until(HORIZON)

    assert (until(None), until(at(24)), until(HORIZON + timedelta(days=1))) == (HORIZON, at(24), HORIZON)
