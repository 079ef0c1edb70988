"""Room mailboxes that answer invitations by themselves, or for which somebody does."""

from datetime import datetime
from uuid import UUID

from libs.common.db import Connection

_NOTE_ANSWERED = """
    INSERT INTO own_answers AS o (space_id, room_mailbox, since, last_seen_at) VALUES ($1, $2, $3, $3)
    ON CONFLICT (space_id) DO UPDATE SET
        room_mailbox = excluded.room_mailbox,
        since = CASE
            WHEN o.room_mailbox = excluded.room_mailbox AND o.unanswered < $4 THEN o.since ELSE excluded.since
        END,
        last_seen_at = excluded.last_seen_at,
        unanswered = 0
"""
_NOTE_UNANSWERED = """
    UPDATE own_answers SET unanswered = unanswered + 1
    WHERE space_id = $1 AND room_mailbox = $2 AND unanswered < $3
"""


async def note_answered(conn: Connection, space_id: UUID, room_mailbox: str, at: datetime, enough: int) -> None:
    """Mark a mailbox as one that answers by itself. A mark that had gone away by `enough` begins anew."""
    await conn.execute(_NOTE_ANSWERED, space_id, room_mailbox, at, enough)


async def note_unanswered(conn: Connection, space_id: UUID, room_mailbox: str, enough: int) -> None:
    """Count an invitation that came unanswered towards the `enough` in a row by which the mark goes away."""
    await conn.execute(_NOTE_UNANSWERED, space_id, room_mailbox, enough)
