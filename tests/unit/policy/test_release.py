"""A room that was kept without an invitation is released once it was kept long enough, and not before."""

from datetime import timedelta
from typing import Any

import pytest

from services.policy.core.ending import release
from services.policy.core.explanations import KeptLongEnough
from tests.unit.policy.factories import HOLD, NOW, kept, recorded, refused_request, reservation, saved, wants, window

KEPT_FOR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changed", "is_released"),
    [
        ({}, True),
        ({"refused_request": refused_request(at=NOW - KEPT_FOR + timedelta(seconds=1))}, False),
        ({"refused_request": None}, False),
        ({"kept_without_invitation": False}, False),
        ({"status": "cancelled"}, False),
    ],
)
def test_what_changed_meanwhile_is_not_released(changed: dict[str, Any], is_released: bool) -> None:
    usual: dict[str, Any] = {"kept_without_invitation": True, "refused_request": refused_request(at=NOW - KEPT_FOR)}
    ledger = kept(reservation=reservation(**usual | changed))

    decision = release(ledger, KEPT_FOR)

    assert [each.status for each in saved(decision)] == (["cancelled"] if is_released else [])
    assert (HOLD in wants(decision)) is is_released
    assert [each.reasons for each in recorded(decision)] == ([(KeptLongEnough(),)] if is_released else [])


def test_a_reservation_that_is_over_is_left_as_it_was() -> None:
    over = window(-3)
    assert release(kept(over), KEPT_FOR).changes == ()
