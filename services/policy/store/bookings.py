"""The live bookings of one organizer in all spaces, which quotas and the like count."""

from datetime import datetime

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from services.policy.core.policies.rule import Booking

_ROWS = Rows(Booking)

_OF_ORGANIZER = """
    SELECT r.id AS reservation_id, r.space_id, r.starts_at, r.ends_at,
        array(SELECT group_id FROM space_group_members g WHERE g.space_id = r.space_id) AS group_ids
    FROM reservations r
    WHERE r.organizer_address = ANY(ARRAY[$1, pseudonym_of($1)]) AND r.status IN ('pending', 'confirmed')
        AND r.ends_at > $2 AND ($3::timestamptz IS NULL OR r.starts_at < $3)
"""


async def of_organizer(conn: Db, organizer: str, since: datetime, until: datetime | None) -> list[Booking]:
    """Read the live bookings of an organizer that overlap a range; without an end, all that end after `since`.

    Those count too that are so long over that the organizer is no longer named in them.
    """
    return [_ROWS.read(row) for row in await conn.fetch(_OF_ORGANIZER, organizer, since, until)]
