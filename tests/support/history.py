"""A past for a room: as many bookings that are over as wanted, written straight into the ledger."""

from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from tests.support.bookings import BOOK

_WRITE = f"""
    WITH numbered AS (
        SELECT n, gen_random_uuid() AS id, $3::timestamptz - n * interval '2 hours' AS starts_at
        FROM generate_series(1, $2::int) AS n
    ),
    booked AS (
        SELECT n, id, $1::uuid AS space_id, starts_at, starts_at + interval '1 hour' AS ends_at, starts_at AS booked_at,
            'Past ' || n AS title, 'ada@example.org' AS organizer, '[]'::jsonb AS policies,
            CASE WHEN n % 2 = 0 THEN 'past-' || $1::uuid || '-' || $4::text || n END AS ical_uid
        FROM numbered
    ),
    {BOOK}
"""

_ANALYZE = "ANALYZE policy.reservations, policy.occupancies, policy.meetings, policy.intents"


async def write_past(
    conn: Connection, space_id: UUID, bookings: int, until: datetime, label: str = "", *, analyze: bool = True
) -> None:
    """Write so many bookings of a space that were over at `until`, half from Outlook and half held, all in step.

    Every second has an iCalUId of the space's id, the label and the number of the booking. Then the database
    counts what its tables have, unless told not to `analyze` them.
    """
    await conn.execute(_WRITE, space_id, bookings, until, label)
    if analyze:
        await conn.execute(_ANALYZE)
