"""Sweeps that are owed to rooms whose notifications were not read one by one."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection, Pool

_OWE = "UPDATE watches SET is_sweep_owed = true WHERE space_id = ANY($1) AND NOT is_sweep_owed"


async def owe(db: Pool | Connection, space_ids: Sequence[UUID]) -> None:
    """Owe these rooms a sweep that begins after this time. Cheap to repeat."""
    if space_ids:
        await db.execute(_OWE, space_ids)


_TAKE_OWED = """
WITH owed AS (
    SELECT space_id FROM watches
    WHERE is_sweep_owed AND (sweep_asked_at IS NULL OR sweep_asked_at <= clock_timestamp() - $1::interval)
    FOR UPDATE SKIP LOCKED
)
UPDATE watches w SET is_sweep_owed = false, sweep_asked_at = clock_timestamp() FROM owed
WHERE w.space_id = owed.space_id RETURNING w.space_id
"""


async def take_owed(conn: Connection, apart: timedelta) -> list[UUID]:
    """Return the rooms that are owed a sweep, and owe it no longer; not those asked for one less than `apart` ago."""
    return [row["space_id"] for row in await conn.fetch(_TAKE_OWED, apart)]
