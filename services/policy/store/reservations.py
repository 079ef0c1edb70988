"""Reservations by what they belong to."""

from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection


async def space_of(conn: Connection, reservation_id: UUID) -> UUID | None:
    """Return the space of a reservation; None if there is no such reservation."""
    space_id: UUID | None = await conn.fetchval("SELECT space_id FROM reservations WHERE id = $1", reservation_id)
    return space_id


async def without_invitation(conn: Connection, space_id: UUID) -> list[UUID]:
    """Return the live reservations of a space, from now on, for which its mailbox has no invitation."""
    rows = await conn.fetch(
        """
        SELECT r.id FROM reservations r LEFT JOIN meetings m ON m.space_id = r.space_id AND m.ical_uid = r.ical_uid
            AND m.original_date IS NOT DISTINCT FROM r.original_date
        WHERE r.space_id = $1 AND r.ends_at > clock_timestamp() AND r.status IN ('pending', 'confirmed')
            AND (r.ical_uid IS NULL OR r.kept_without_invitation OR NOT m.is_present)
        ORDER BY r.starts_at, r.id
        """,
        space_id,
    )
    return [row["id"] for row in rows]


async def kept_longer_than(conn: Connection, kept_for: timedelta) -> list[tuple[UUID, UUID]]:
    """Return (space, reservation) of what is ahead, kept without an invitation, and unchanged for that long."""
    rows = await conn.fetch(
        """
        SELECT space_id, id FROM reservations
        WHERE kept_without_invitation AND status IN ('pending', 'confirmed') AND ends_at > clock_timestamp()
            AND updated_at <= clock_timestamp() - $1::interval
        ORDER BY updated_at, id
        """,
        kept_for,
    )
    return [(row["space_id"], row["id"]) for row in rows]


async def leave_behind(conn: Connection, space_id: UUID) -> None:
    """Forget which meetings were seen in a mailbox other than the space's: they are not to be found in this one."""
    await conn.execute(
        """
        UPDATE meetings m SET is_present = false, event_id = NULL, shown_answer = NULL
        FROM spaces s WHERE s.id = m.space_id AND m.space_id = $1 AND m.is_present AND m.room_mailbox <> s.room_mailbox
        """,
        space_id,
    )
