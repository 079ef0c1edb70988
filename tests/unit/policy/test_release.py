"""A room that was kept without an invitation is released once it was kept long enough, and not before."""

from datetime import timedelta
from typing import Any

import pytest

from services.policy.core.ending import release
from services.policy.core.explanations import KeptLongEnough
from tests.unit.policy.factories import HOLD, NOW, kept, recorded, reservation, saved, wants, window

KEPT_FOR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changed", "is_released"),
    [
        ({"updated_at": NOW - KEPT_FOR}, True),
        ({"updated_at": NOW - KEPT_FOR + timedelta(seconds=1)}, False),
        ({"updated_at": NOW - KEPT_FOR, "kept_without_invitation": False}, False),
        ({"updated_at": NOW - KEPT_FOR, "status": "cancelled"}, False),
    ],
)
def test_what_changed_meanwhile_is_not_released(changed: dict[str, Any], is_released: bool) -> None:
    ledger = kept(reservation=reservation(**{"kept_without_invitation": True, **changed}))

    decision = release(ledger, KEPT_FOR)

    assert [each.status for each in saved(decision)] == (["cancelled"] if is_released else [])
    assert (HOLD in wants(decision)) is is_released
    assert [each.reasons for each in recorded(decision)] == ([(KeptLongEnough(),)] if is_released else [])


def test_a_reservation_that_is_over_is_left_as_it_was() -> None:
    over = window(-3)
    ledger = kept(over, reservation=reservation(over, kept_without_invitation=True, updated_at=NOW - KEPT_FOR))

    assert release(ledger, KEPT_FOR).changes == ()
