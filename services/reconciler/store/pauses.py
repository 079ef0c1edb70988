"""Connections that are paused: nothing is concluded about any of their rooms, and one of them is tried at a time."""

from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection, Pool

_FAILING = "SELECT count(failing_since) AS failing, count(*) AS rooms FROM rooms WHERE connection_id = $1"

_BEGIN = """
    WITH paused AS (
        INSERT INTO pauses (connection_id, until, problem) VALUES ($1, clock_timestamp() + $2::interval, $3)
        ON CONFLICT (connection_id) DO UPDATE SET until = excluded.until, problem = excluded.problem
    )
    UPDATE rooms SET is_quarantined = false WHERE connection_id = $1 AND is_quarantined
"""

_END = """
    WITH ended AS (DELETE FROM pauses WHERE connection_id = $1 RETURNING connection_id)
    UPDATE rooms r SET due_at = clock_timestamp() FROM ended
    WHERE r.connection_id = ended.connection_id AND r.failing_since IS NOT NULL
"""


async def failing(db: Pool | Connection, connection_id: UUID) -> tuple[int, int]:
    """Return how many rooms of a connection fail, and how many it has."""
    row = await db.fetchrow(_FAILING, connection_id)
    return (row["failing"], row["rooms"]) if row else (0, 0)


async def begin(db: Pool | Connection, connection_id: UUID, problem: str, try_after: timedelta) -> None:
    """Pause a connection, and try one of its rooms after a while. Harmless to repeat.

    Its rooms come out of quarantine, because the fault is not theirs.
    """
    await db.execute(_BEGIN, connection_id, try_after, problem)


async def end(db: Pool | Connection, connection_id: UUID) -> None:
    """End the pause of a connection, because it works again; those of its rooms that failed are due at once."""
    await db.execute(_END, connection_id)
