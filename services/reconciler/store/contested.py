"""The events that conflict with something in the ledger until a person decides, as policy's view shows them."""

from uuid import UUID

from libs.common.db import Connection, Pool
from services.reconciler.core.drift import ContestedEvent

_OF_ROOM = """
    SELECT ical_uid, outlook_start, outlook_end, md5(string_agg(
        concat_ws(' ', reservation_id, extract(epoch FROM ledger_start), extract(epoch FROM ledger_end)), ' '
        ORDER BY reservation_id
    )) AS against
    FROM policy.conflicts_v1 WHERE space_id = $1 AND original_date IS NULL
    GROUP BY ical_uid, outlook_start, outlook_end
"""


async def of_room(db: Pool | Connection, space_id: UUID) -> dict[ContestedEvent, str]:
    """Return the single events of a room that are in conflict, each with a digest of what has its time."""
    rows = await db.fetch(_OF_ROOM, space_id)
    return {ContestedEvent(row["ical_uid"], row["outlook_start"], row["outlook_end"]): row["against"] for row in rows}
