"""How many absences may free a room one by one before the rest is left to the sweep."""

import pytest

from services.policy.core.live_brake import AbsenceTally


@pytest.mark.parametrize(
    ("held", "ended", "allows"),
    [
        (1, 0, True),
        (6, 4, True),
        (5, 5, False),
        (95, 5, True),
        (81, 19, True),
        (80, 20, False),
        (0, 4, True),
    ],
)
def test_five_or_a_fifth_of_what_was_ahead_may_end_by_absence(held: int, ended: int, allows: bool) -> None:
    assert AbsenceTally(held, ended).allows_another is allows
