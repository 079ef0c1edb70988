"""Reservations by what they belong to."""

from datetime import datetime
from uuid import UUID

from libs.common.db import Connection


async def space_of(conn: Connection, reservation_id: UUID) -> UUID | None:
    """Return the space of a reservation; None if there is no such reservation."""
    space_id: UUID | None = await conn.fetchval("SELECT space_id FROM reservations WHERE id = $1", reservation_id)
    return space_id


async def without_invitation(conn: Connection, space_id: UUID, now: datetime) -> list[UUID]:
    """Return the live reservations of a space, from now on, that no invitation holds."""
    rows = await conn.fetch(
        "SELECT id FROM reservations WHERE space_id = $1 AND ends_at > $2 AND status IN ('pending', 'confirmed') "
        "AND (ical_uid IS NULL OR kept_without_invitation) ORDER BY starts_at",
        space_id,
        now,
    )
    return [row["id"] for row in rows]


async def note_declined(conn: Connection, space_id: UUID, ical_uid: str) -> None:
    """Remember that a meeting's last answer is a decline, so that its absence is agreement."""
    await conn.execute(
        "UPDATE meetings SET outcome = 'decline' WHERE space_id = $1 AND ical_uid = $2", space_id, ical_uid
    )
