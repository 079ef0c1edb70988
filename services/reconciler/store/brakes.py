"""Rooms whose cancellations wait for an administrator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from services.reconciler.core.brake import Braked


@dataclass(frozen=True, slots=True)
class SeenCancellations:
    """What somebody saw of a brake: since when it stops a room's cancellations, and how many."""

    braked_at: datetime
    cancellations: int


# A confirmation of enough that is there came while the room was being compared: it counts for the next comparison.
_WITHHOLD = """
    UPDATE rooms SET braked_at = coalesce(braked_at, clock_timestamp()), braked_cancels = $2, brake_problem = $3,
        brake_confirmed = CASE WHEN brake_confirmed >= $2 THEN brake_confirmed END,
        confirmed_by = CASE WHEN brake_confirmed >= $2 THEN confirmed_by END
    WHERE space_id = $1
"""

_RELEASE = """
    UPDATE rooms SET braked_at = NULL, braked_cancels = NULL, brake_problem = NULL,
        brake_confirmed = CASE WHEN $2 THEN brake_confirmed END,
        confirmed_by = CASE WHEN $2 THEN confirmed_by END
    WHERE space_id = $1 AND (braked_at IS NOT NULL OR brake_confirmed IS NOT NULL)
"""

_TAKE_CONFIRMATION = """
    UPDATE rooms SET brake_confirmed = braked_cancels, confirmed_by = $2, asked_at = clock_timestamp(),
        asked_because = 'cancellations_confirmed'
    WHERE space_id = $1
"""

_CONFIRM = f"{_TAKE_CONFIRMATION} AND braked_at IS NOT NULL RETURNING brake_confirmed"

_CONFIRM_SEEN = f"{_TAKE_CONFIRMATION} AND braked_at = $3 AND braked_cancels <= $4 RETURNING brake_confirmed"


async def withhold(conn: Connection, space_id: UUID, braked: Braked) -> None:
    """Record that a room's cancellations wait, and why. A confirmation of fewer cancellations no longer counts."""
    await conn.execute(_WITHHOLD, space_id, braked.cancels, braked.problem)


async def release(conn: Connection, space_id: UUID, *, has_cancels: bool) -> None:
    """Record that no cancellations wait. A confirmation lasts until the cancellations it was given for are done."""
    await conn.execute(_RELEASE, space_id, has_cancels)


async def confirm(conn: Connection, space_id: UUID, by: str) -> int | None:
    """Confirm the cancellations that wait for this room, and make it due; return how many, None if none wait."""
    confirmed: int | None = await conn.fetchval(_CONFIRM, space_id, by)
    return confirmed


async def confirm_seen(conn: Connection, space_id: UUID, by: str, seen: SeenCancellations) -> int | None:
    """Confirm what waits for this room as `confirm` does, if it is what somebody saw; None if more waits, or other."""
    confirmed: int | None = await conn.fetchval(_CONFIRM_SEEN, space_id, by, seen.braked_at, seen.cancellations)
    return confirmed
