"""Connections that are paused: nothing is concluded about any of their rooms."""

from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection, Pool

_FAILING = "SELECT count(failing_since) AS failing, count(*) AS rooms FROM rooms WHERE connection_id = $1"

_TIMES = "SELECT times FROM pauses WHERE connection_id = $1"

_BEGIN = """
    WITH paused AS (
        INSERT INTO pauses AS known (connection_id, until, problem)
        VALUES ($1, clock_timestamp() + $2::interval, $3)
        ON CONFLICT (connection_id) DO UPDATE SET
            until = excluded.until, problem = excluded.problem, times = known.times + 1
        WHERE known.until <= clock_timestamp()
    )
    UPDATE rooms SET is_quarantined = false, due_at = least(due_at, clock_timestamp() + $2::interval)
    WHERE connection_id = $1 AND failing_since IS NOT NULL
"""

_END = "DELETE FROM pauses WHERE connection_id = $1"


async def failing(db: Pool | Connection, connection_id: UUID) -> tuple[int, int]:
    """Return how many rooms of a connection fail, and how many it has."""
    row = await db.fetchrow(_FAILING, connection_id)
    return (row["failing"], row["rooms"]) if row else (0, 0)


async def times(db: Pool | Connection, connection_id: UUID) -> int:
    """Return how many times in a row a connection has been paused."""
    found: int | None = await db.fetchval(_TIMES, connection_id)
    return found or 0


async def begin(db: Pool | Connection, connection_id: UUID, problem: str, pause: timedelta) -> None:
    """Pause a connection; several rooms that ask for this at once count as one pause.

    Its rooms come out of quarantine, because the fault is not theirs, and are tried as soon as the pause is over.
    """
    await db.execute(_BEGIN, connection_id, pause, problem)


async def end(db: Pool | Connection, connection_id: UUID) -> None:
    """End the pause of a connection, because it works again."""
    await db.execute(_END, connection_id)
