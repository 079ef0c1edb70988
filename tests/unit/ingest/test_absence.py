"""When a look that found nothing is repeated, and when nothing is there."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.core.absence import (
    LONGEST_PAUSE,
    UNKNOWN_AGAIN_AFTER,
    Missed,
    next_look_at_meeting,
    next_look_at_unknown,
)

FIRST = datetime(2027, 3, 1, 9, tzinfo=UTC)
GRACE = timedelta(seconds=1)


def after(seconds: float) -> datetime:
    return FIRST + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("now", "awaited_until", "again"),
    [
        (0, None, 1),
        (0.9, None, 1),
        (1, None, None),
        (500, None, None),
        (0, 15, 1),
        (2, 15, 4),
        (14, 15, 15),
        (15, 15, None),
        (20, 15, None),
    ],
)
def test_an_absence_stands_after_a_grace_and_when_no_answer_is_in_flight(
    now: float, awaited_until: float | None, again: float | None
) -> None:
    missed = Missed(after(now), FIRST, 1)

    found = next_look_at_meeting(missed, GRACE, None if awaited_until is None else after(awaited_until))

    assert found == (None if again is None else after(again))


def test_pauses_grow_while_an_answer_is_in_flight_and_have_a_bound() -> None:
    pauses = [
        next_look_at_meeting(Missed(after(2), FIRST, looks), GRACE, after(9000)) for looks in (1, 2, 3, 4, 5, 1000)
    ]

    assert pauses == [after(2 + seconds) for seconds in (2, 4, 8, 16, 30, LONGEST_PAUSE.total_seconds())]


def test_an_unknown_id_is_looked_at_a_bounded_number_of_times() -> None:
    found = [next_look_at_unknown(Missed(after(9), FIRST, looks)) for looks in range(len(UNKNOWN_AGAIN_AFTER) + 2)]

    assert found == [*(FIRST + pause for pause in UNKNOWN_AGAIN_AFTER), None, None]
