"""When a pass stops for an administrator."""

import pytest

from libs.contracts.values import Answer
from services.reconciler.core.brake import brake
from services.reconciler.core.drift import DifferentTime, Drift, MissingInOutlook
from services.reconciler.core.expectation import Expectation
from tests.unit.reconciler.factories import event, expected, expected_hold, expected_series


def ledger(meetings: int) -> list[Expectation]:
    return [expected(f"uid-{number}") for number in range(meetings)]


def gone(expectations: list[Expectation]) -> list[Drift]:
    return [MissingInOutlook(each.key, None, each) for each in expectations]


@pytest.mark.parametrize(
    ("held", "cancels", "stops"),
    [
        (0, 0, False),
        (5, 5, False),
        (6, 6, True),
        (25, 5, False),
        (25, 6, True),
        (30, 6, False),
        (100, 20, False),
        (100, 21, True),
    ],
)
def test_more_than_five_and_more_than_a_fifth_are_too_many(held: int, cancels: int, stops: bool) -> None:
    found = brake(ledger(held), gone(ledger(cancels)))

    assert (found is not None) == stops


def test_holds_that_are_missing_are_put_back_and_never_stop_a_pass() -> None:
    holds = [expected_hold(f"uid-{number}") for number in range(50)]

    assert brake(holds, gone(holds)) is None


def test_meetings_that_moved_cancel_nothing() -> None:
    moved: list[Drift] = [DifferentTime(each.key, event(start=90), each) for each in ledger(50)]

    assert brake(ledger(50), moved) is None


def test_declined_meetings_hold_nothing_that_could_be_cancelled() -> None:
    declined = [expected(f"declined-{number}", answer=Answer.DECLINED) for number in range(100)]
    stopped = brake([*declined, *ledger(6)], gone(ledger(6)))

    assert stopped is not None
    assert (stopped.cancels, stopped.held, stopped.allowed) == (6, 6, 5)


def test_a_series_is_one_meeting_however_many_dates_it_has() -> None:
    series = expected_series(100)

    assert brake([*series, *ledger(6)], gone([*ledger(4), series[0]])) is None
    stopped = brake([*series, *ledger(6)], gone([*ledger(5), series[0]]))
    assert stopped is not None
    assert (stopped.cancels, stopped.held, stopped.allowed) == (6, 7, 5)


def test_what_an_administrator_confirmed_passes_and_not_one_more() -> None:
    assert brake(ledger(10), gone(ledger(8)), confirmed=8) is None
    assert brake(ledger(10), gone(ledger(9)), confirmed=8) is not None


def test_the_problem_says_what_happened_why_and_what_to_do() -> None:
    stopped = brake(ledger(8), gone(ledger(7)))

    assert stopped is not None
    assert stopped.problem.startswith("7 of the 8 reservations ahead are gone from the room's calendar at once")
    assert "Nothing was cancelled." in stopped.problem
    assert "confirm the cancellations" in stopped.problem
