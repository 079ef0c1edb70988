"""Spaces that are closing: deleted, and still mapped until what their deletion wants in Outlook is written there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows

GIVEN_UP_AFTER = timedelta(days=1)
"""How long a mailbox that is out of reach is waited for."""

# Those are told whose invitation is on the room's calendar: see `decide_cancellation`.
_WOULD_END = """
    SELECT count(DISTINCT r.id) AS reservations, s.time_zone, min(r.starts_at) AS first, max(r.ends_at) AS last,
        count(DISTINCT coalesce(r.group_id, r.id)) FILTER (
            WHERE s.room_mailbox IS NOT NULL AND m.is_present AND m.shown_answer <> 'organizer'
        ) AS told
    FROM spaces s JOIN reservations r ON r.space_id = s.id
    LEFT JOIN meetings m ON m.space_id = r.space_id AND m.ical_uid = r.ical_uid
        AND (m.original_date IS NULL OR m.original_date = r.original_date)
    WHERE s.id = $1 AND r.ends_at > statement_timestamp() AND r.status IN ('pending', 'confirmed')
    GROUP BY s.id
"""
_TO_COME = """
    SELECT id FROM reservations
    WHERE space_id = $1 AND ends_at > statement_timestamp() AND status IN ('pending', 'confirmed')
    ORDER BY starts_at, id
"""
_SERIES = """
    SELECT ical_uid FROM reservation_groups WHERE space_id = $1 AND status = 'confirmed' AND ical_uid IS NOT NULL
"""
_GROUPS = "SELECT id FROM reservation_groups WHERE space_id = $1 AND status = 'confirmed' AND ical_uid IS NULL"
_DONE = """
    SELECT s.id FROM spaces s
    WHERE s.deleted_at IS NOT NULL AND s.room_mailbox IS NOT NULL AND (
        s.deleted_at < statement_timestamp() - $1::interval OR NOT EXISTS (
            SELECT FROM intents i WHERE i.space_id = s.id AND i.state = 'issued' AND i.ends_at > statement_timestamp()
        )
    )
    ORDER BY s.deleted_at
"""


@dataclass(frozen=True, slots=True)
class WouldEnd:
    """What would end with a space: its live reservations that are not over, from the `first` start to the `last` end.

    `told` invitations, of which a series is one, would be declined, so that their organizers are told.
    """

    reservations: int
    told: int
    first: datetime
    last: datetime
    time_zone: str


_WOULD = Rows(WouldEnd)


async def would_end(conn: Connection, space_id: UUID) -> WouldEnd | None:
    """Return what would end with a space; None if nothing is to come."""
    return _WOULD.read_one(await conn.fetchrow(_WOULD_END, space_id))


async def to_come(conn: Connection, space_id: UUID) -> list[UUID]:
    """Return the live reservations of a space that are not over, by start."""
    return [row["id"] for row in await conn.fetch(_TO_COME, space_id)]


async def series_to_come(conn: Connection, space_id: UUID) -> list[str]:
    """Return the iCalUIds of the series that are booked in a space."""
    return [row["ical_uid"] for row in await conn.fetch(_SERIES, space_id)]


async def groups_to_come(conn: Connection, space_id: UUID) -> list[UUID]:
    """Return the groups that the back office made in a space and did not cancel."""
    return [row["id"] for row in await conn.fetch(_GROUPS, space_id)]


async def done(conn: Connection) -> list[UUID]:
    """Return the closing spaces for which nothing more is to be written in Outlook, or was waited for in vain."""
    return [row["id"] for row in await conn.fetch(_DONE, GIVEN_UP_AFTER)]
