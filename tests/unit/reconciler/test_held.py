"""What a sweep makes of recurring holds: agreement by the listing, one drift by the whole, and dates nobody told of."""

from datetime import date
from typing import Any

from libs.contracts.intents import HeldSeries, KeepHold
from libs.contracts.keys import ReservationKey
from libs.contracts.values import Meeting, Occurrence, SeriesListing, Window
from services.reconciler.core.diff import compare
from services.reconciler.core.drift import DifferentTime, MissingInOutlook, ShownAfterAll
from services.reconciler.core.expectation import Expectation
from services.reconciler.core.held import compare_held, gather_held
from services.reconciler.core.series import Agreement, BookedSeries, compare_listed
from tests.unit.reconciler.factories import HOLD_KEY, NOW, RESERVATION, SPACE, at, expected, hold

DAYS = range(1, 5)
HORIZON = at(30 * 24)


def window(day: int) -> Window:
    return Window(start=at(24 * day), end=at(24 * day + 1))


def on(day: int) -> date:
    return window(day).start.date()


RECURRENCE = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "endDate", "startDate": on(1).isoformat(), "endDate": on(4).isoformat()},
}
WANTED = KeepHold(
    reservation_id=RESERVATION,
    window=window(1),
    time_zone="UTC",
    subject="Board",
    series=HeldSeries(recurrence=RECURRENCE),
)


def whole(**more: Any) -> Expectation:
    given = {"key": HOLD_KEY, "want": "hold", "answer": None, "title": "Board", "held": WANTED, "group_id": RESERVATION}
    return expected(**{**given, "event_id": "event of uid-1", **more})


def date_of(day: int, **more: Any) -> Expectation:
    booked = RESERVATION.int + day
    key = ReservationKey(SPACE, type(RESERVATION)(int=booked))
    given = {"key": key, "want": "hold", "answer": None, "title": "Board", "original_date": on(day), "event_id": None}
    return expected(start=24 * day, **{**given, "group_id": RESERVATION, **more})


def gathered(**more: Any) -> BookedSeries:
    (found,) = gather_held([whole(**more), *(date_of(day) for day in DAYS), expected("uid-2")]).values()
    return found


def occurrence(day: int) -> Occurrence:
    return Occurrence(original_date=on(day), event_id=f"date {day}", subject="Board", **dict(window(day)))


def shown(*days: int, **more: Any) -> Meeting:
    listing = SeriesListing(recurrence=RECURRENCE, time_zone="UTC", occurrences=tuple(map(occurrence, days or DAYS)))
    return hold(subject="Board", is_series=True, series=listing, **more)


def listed(*days: int) -> list[Meeting]:
    return [hold(start=24 * day, subject="Board", is_series=True) for day in days]


def test_a_listing_with_all_booked_dates_proves_that_both_sides_agree() -> None:
    assert compare_listed(gathered(), listed(*DAYS), NOW, HORIZON) is Agreement.AGREES
    assert compare_listed(gathered(), listed(1, 2, 4), NOW, HORIZON) is Agreement.DIFFERS
    assert compare_listed(gathered(), listed(*DAYS, 5), NOW, HORIZON) is Agreement.DIFFERS


def test_what_is_in_flight_proves_nothing() -> None:
    awaited = gathered(awaited_until=at(1))

    assert compare_listed(awaited, listed(1), NOW, HORIZON) is Agreement.UNDECIDED
    assert compare_held(awaited, shown(1), NOW, HORIZON) == []


def test_a_hold_as_it_is_wanted_differs_in_nothing() -> None:
    assert compare_held(gathered(), shown(), NOW, HORIZON) == []


def test_a_booked_date_that_is_not_shown_is_a_drift_whatever_graph_says_was_taken_out() -> None:
    (drift,) = compare_held(gathered(), shown(1, 2, 4), NOW, HORIZON)

    assert isinstance(drift, DifferentTime)
    assert drift.key == HOLD_KEY


def test_dates_beyond_the_listing_or_the_horizon_are_not_missed() -> None:
    cut = shown(1, 2)
    assert cut.series is not None
    until = cut.series.model_copy(update={"listed_until": window(3).start})

    assert compare_held(gathered(), cut.model_copy(update={"series": until}), NOW, HORIZON) == []
    assert compare_held(gathered(), shown(1, 2), NOW, window(3).start) == []


def test_a_cancelled_hold_is_missing_and_one_that_was_given_up_is_shown_after_all() -> None:
    (gone,) = compare_held(gathered(), shown(is_cancelled=True), NOW, HORIZON)
    (after_all,) = compare_held(gathered(is_given_up=True), shown(), NOW, HORIZON)

    assert isinstance(gone, MissingInOutlook)
    assert isinstance(after_all, ShownAfterAll)


def test_a_single_event_in_place_of_a_recurring_hold_differs() -> None:
    single = hold(subject="Board")

    assert [type(each) for each in compare(whole(), single)] == [DifferentTime]
    assert [type(each) for each in compare_held(gathered(), single, NOW, HORIZON)] == [DifferentTime]


def test_dates_of_a_hold_are_expected_with_it_and_not_by_themselves() -> None:
    assert date_of(1).is_of_one_date
    assert not whole().is_of_one_date
    assert gather_held([date_of(1)]) == {}
