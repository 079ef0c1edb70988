"""How many reservations of a space were ended lately because their meetings were missing."""

from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection
from services.policy.core.live_brake import AbsenceTally

# Only reservations that are not over are touched, so that the past costs nothing.
_TALLY = """
    SELECT count(*) FILTER (WHERE r.status IN ('pending', 'confirmed')) AS held,
        count(*) FILTER (
            WHERE r.status = 'cancelled' AND EXISTS (
                SELECT FROM decisions d
                WHERE d.reservation_id = r.id AND d.outcome = 'cancelled' AND d.at > clock_timestamp() - $2::interval
                    AND d.reasons @> '[{"kind": "meeting_gone"}]'
            )
        ) AS ended
    FROM reservations r WHERE r.space_id = $1 AND r.ends_at > clock_timestamp()
"""


async def tally(conn: Connection, space_id: UUID, within: timedelta) -> AbsenceTally:
    """Count the reservations of a space that are not over: the live ones, and those that absences ended lately."""
    row = await conn.fetchrow(_TALLY, space_id, within)
    return AbsenceTally(row["held"], row["ended"]) if row else AbsenceTally(0, 0)
