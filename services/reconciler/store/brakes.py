"""Rooms whose cancellations wait for an administrator."""

from uuid import UUID

from libs.common.db import Connection
from services.reconciler.core.brake import Braked

_HOLD = """
    UPDATE rooms SET braked_at = coalesce(braked_at, clock_timestamp()), braked_cancels = $2, brake_problem = $3,
        brake_confirmed = NULL, confirmed_by = NULL
    WHERE space_id = $1
"""

_RELEASE = """
    UPDATE rooms SET braked_at = NULL, braked_cancels = NULL, brake_problem = NULL,
        brake_confirmed = CASE WHEN $2 THEN brake_confirmed END,
        confirmed_by = CASE WHEN $2 THEN confirmed_by END
    WHERE space_id = $1 AND (braked_at IS NOT NULL OR brake_confirmed IS NOT NULL)
"""

_CONFIRM = """
    UPDATE rooms SET brake_confirmed = braked_cancels, confirmed_by = $2, asked_at = clock_timestamp(),
        asked_because = 'cancellations_confirmed'
    WHERE space_id = $1 AND braked_at IS NOT NULL
    RETURNING brake_confirmed
"""


async def hold(conn: Connection, space_id: UUID, braked: Braked) -> None:
    """Note that a room's cancellations wait, and why. What was confirmed for fewer counts no longer."""
    await conn.execute(_HOLD, space_id, braked.cancels, braked.problem)


async def release(conn: Connection, space_id: UUID, *, has_cancels: bool) -> None:
    """Note that nothing waits any more; a confirmation lasts until what it was given for is done."""
    await conn.execute(_RELEASE, space_id, has_cancels)


async def confirm(conn: Connection, space_id: UUID, by: str) -> int | None:
    """Allow as many cancellations as wait for this room, and compare it next; None if none wait."""
    confirmed: int | None = await conn.fetchval(_CONFIRM, space_id, by)
    return confirmed
