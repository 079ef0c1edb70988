"""How many meetings of a space were ended lately because they were missing; a series is one."""

from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection
from services.policy.core.live_brake import AbsenceTally

# Only reservations that are not over are touched, so that the past costs nothing.
_TALLY = """
    SELECT count(DISTINCT coalesce(r.group_id, r.id)) FILTER (WHERE r.status IN ('pending', 'confirmed')) AS held,
        count(DISTINCT coalesce(r.group_id, r.id)) FILTER (
            WHERE r.status = 'cancelled' AND EXISTS (
                SELECT FROM decisions d
                WHERE d.reservation_id = r.id AND d.outcome = 'cancelled' AND d.at > clock_timestamp() - $2::interval
                    AND d.reasons @> '[{"kind": "meeting_gone"}]'
            )
        ) AS ended
    FROM reservations r WHERE r.space_id = $1 AND r.ends_at > clock_timestamp()
"""


async def tally(conn: Connection, space_id: UUID, within: timedelta) -> AbsenceTally:
    """Count the meetings of a space that are not over: those booked, and those that absences ended lately."""
    row = await conn.fetchrow(_TALLY, space_id, within)
    return AbsenceTally(row["held"], row["ended"]) if row else AbsenceTally(0, 0)
