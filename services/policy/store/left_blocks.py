"""Blocks that were left: reservations that yield, because of events in mailboxes that their spaces have left.

Nobody was ever granted their time. They only kept others out of what an event took in Outlook, and their space is not
shown there any more.
"""

from uuid import UUID

from libs.common.db import Connection

# A mailbox that was left for another one has its meetings marked as not present.
_LEFT = """
    FROM reservations r JOIN spaces s ON s.id = r.space_id
    WHERE r.yields AND r.status = 'confirmed' AND r.ends_at > statement_timestamp() AND s.deleted_at IS NULL
        AND (s.room_mailbox IS NULL OR NOT EXISTS (
            SELECT FROM meetings m
            WHERE m.space_id = r.space_id AND m.ical_uid = r.ical_uid
                AND m.original_date IS NOT DISTINCT FROM r.original_date AND m.is_present
        ))
"""
_NEXT = f"SELECT r.space_id, r.id {_LEFT} ORDER BY r.starts_at, r.id LIMIT $1"
_IS_LEFT = f"SELECT EXISTS (SELECT {_LEFT} AND r.id = $1)"


async def next_to_end(conn: Connection, at_most: int) -> list[tuple[UUID, UUID]]:
    """Return the next blocks that were left, each with its space before it."""
    return [(row["space_id"], row["id"]) for row in await conn.fetch(_NEXT, at_most)]


async def is_left(conn: Connection, reservation_id: UUID) -> bool:
    """Whether a block was left, and has not ended."""
    found: bool = await conn.fetchval(_IS_LEFT, reservation_id)
    return found
