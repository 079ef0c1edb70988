"""Which date of a series may change places: the one that was moved, and was not decided about since."""

from datetime import date
from typing import Any

import pytest

from libs.contracts.values import Window
from services.policy.core.case import Case
from services.policy.core.ledger import KnownDate
from services.policy.core.recurring.moved import find_moved_date
from services.policy.core.standing import Standing
from tests.unit.policy.factories import NEW, judged, known, ledger, meeting, observation, recurring, reservation, weekly

FIRST, SECOND, THIRD = (weekly(number).start.date() for number in range(3))
AT = Window(start=weekly(1).start.replace(hour=14), end=weekly(1).end.replace(hour=15))
ELSE = Window(start=weekly(2).start.replace(hour=14), end=weekly(2).end.replace(hour=15))
DECIDED = KnownDate(reservation=reservation(weekly(1)), meeting=known(judged=judged(AT)))


def find(moved: dict[int, Window], dates: dict[date, KnownDate] | None = None, **different: Any) -> date | None:
    booked = {day: KnownDate(reservation=reservation(weekly(n))) for n, day in enumerate((FIRST, SECOND, THIRD))}
    slice_ = ledger(**{"meeting": known(), "dates": booked | (dates or {})} | different)
    found = find_moved_date(Case(observation(recurring(moved=moved)), slice_, NEW))
    return found.original_date if found is not None else None


@pytest.mark.parametrize(
    ("found", "date_of"),
    [
        pytest.param(find({1: AT}), SECOND, id="one is moved"),
        pytest.param(find({}), None, id="none is moved"),
        pytest.param(find({1: AT, 2: ELSE}), None, id="two are moved"),
        pytest.param(find({1: AT, 2: ELSE}, {SECOND: DECIDED}), THIRD, id="another one was decided about"),
        pytest.param(find({1: AT}, {SECOND: DECIDED}), None, id="it was decided about"),
        pytest.param(find({1: AT}, {SECOND: KnownDate()}), None, id="it is not booked"),
        pytest.param(
            find({1: AT}, meeting=known(standing=Standing.PROPOSES_ORIGINAL)), None, id="the series is refused"
        ),
    ],
)
def test_the_one_date_that_was_moved_is_found(found: date | None, date_of: date | None) -> None:
    assert found == date_of


def test_a_single_meeting_has_no_dates() -> None:
    assert find_moved_date(Case(observation(meeting()), ledger(meeting=known()), NEW)) is None
