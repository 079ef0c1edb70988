"""A confirmation counts for what was seen."""

from datetime import UTC, datetime, timedelta

import pytest

from services.policy.core.braking import SeenBrake, say_what_ledger_does

SINCE = datetime(2027, 3, 1, 9, 0, 0, 400_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "seen", "waiting", "counts"),
    [
        (SINCE, 6, 6, True),
        (SINCE, 7, 6, True),
        (SINCE, 5, 6, False),
        (SINCE.replace(microsecond=0), 6, 6, True),
        (SINCE - timedelta(seconds=1), 6, 6, False),
        (SINCE + timedelta(seconds=1), 6, 6, False),
    ],
)
def test_what_was_seen_counts_for_the_same_brake_and_no_more_cancellations(
    since: datetime, seen: int, waiting: int, counts: bool
) -> None:
    assert SeenBrake(since, seen).is_still(SINCE, waiting) is counts


@pytest.mark.parametrize(("count", "said"), [(1, "1 reservation is cancelled"), (1200, "1,200 reservations are")])
def test_it_is_said_how_many_reservations_are_cancelled(count: int, said: str) -> None:
    assert say_what_ledger_does(count).startswith(said)
