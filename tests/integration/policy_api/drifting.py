"""Drifts as the reconciler keeps them, which the API and pages show."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.integration.policy_api.world import World

_DRIFT = """
    INSERT INTO reconciler.drifts (space_id, kind, key_ical_uid, key_reservation_id, seen_as, cause, found_at,
        last_seen_at, asks, healed_at)
    VALUES ($1, $2, $3, $4, 'seen', $5, $6, $6, 1, $7)
"""


async def drift(
    world: World,
    space_id: str,
    kind: str = "missing_in_ledger",
    *,
    cause: str | None = None,
    about: str | None = None,
    found_ago: timedelta = timedelta(minutes=1),
    healed_after_s: float | None = None,
) -> None:
    """Record a drift about a meeting, or about a reservation; one that has healed did so after so many seconds."""
    found_at = datetime.now(UTC) - found_ago
    healed_at = found_at + timedelta(seconds=healed_after_s) if healed_after_s is not None else None
    ical_uid = None if about is not None else str(uuid4())
    await world.admin.execute(_DRIFT, space_id, kind, ical_uid, about, cause, found_at, healed_at)
