"""The worst that is known about a mapped room is what is told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.policy.commands.mapping_state import RoomCondition, worst_condition
from services.policy.store.spaces import SweepFacts, WatchFacts

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
EARLIER, LATER = NOW.replace(hour=8), NOW.replace(hour=10)
ACTIVE = WatchFacts("active", None, NOW, LATER, 0, None)
AGREES = SweepFacts("agrees", None, None, LATER)


def test_a_room_that_all_is_well_with_is_active() -> None:
    assert worst_condition(ACTIVE, AGREES) == RoomCondition("active", None, NOW, LATER)


@pytest.mark.parametrize("sweep", [None, SweepFacts("waiting", None, None, NOW)])
def test_a_room_that_nobody_has_looked_at_is_connecting(sweep: SweepFacts | None) -> None:
    assert worst_condition(None, sweep).state == "connecting"


@pytest.mark.parametrize(
    ("watch", "sweep", "state"),
    [
        ({}, {"state": "differs"}, "active"),
        ({}, {"state": "unproved"}, "active"),
        ({}, {"detail": "2 events cannot be read."}, "degraded"),
        ({"detail": "It cannot be verified."}, {}, "degraded"),
        ({"forged": 1}, {}, "degraded"),
        ({"state": "polling"}, {}, "polling"),
        ({"state": "connecting", "forged": 1}, {}, "connecting"),
        ({}, {"state": "failing"}, "failing"),
        ({}, {"state": "paused"}, "failing"),
        ({"state": "polling"}, {"state": "braked"}, "braked"),
        ({"state": "polling"}, {"state": "failing"}, "failing"),
        ({}, {"state": "quarantined"}, "quarantined"),
        ({"state": "quarantined"}, {}, "quarantined"),
        ({"state": "refused"}, {"state": "waiting"}, "quarantined"),
    ],
    ids=str,
)
def test_the_worst_is_told(watch: dict[str, object], sweep: dict[str, object], state: str) -> None:
    facts = replace(ACTIVE, **watch), replace(AGREES, **sweep)  # type: ignore[arg-type]  # each has its own fields

    assert worst_condition(*facts).state == state


def test_what_is_told_goes_with_the_state() -> None:
    watch = replace(ACTIVE, detail="It cannot be verified.")
    sweep = replace(AGREES, state="failing", detail="Graph is away.", since=EARLIER)

    assert worst_condition(watch, sweep) == RoomCondition("failing", "Graph is away.", EARLIER, LATER)
