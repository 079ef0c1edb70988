"""Meetings: what is known of each that was seen on a room calendar."""

from typing import Any
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, assigned, columns, listed
from services.policy.core.changes import NoteMeeting
from services.policy.core.ledger import KnownMeeting

ROWS = Rows(KnownMeeting)

_COLUMNS = columns(KnownMeeting)

NOTE = f"""
    INSERT INTO meetings (space_id, ical_uid, original_date, {listed(_COLUMNS)})
    SELECT $1, ical_uid, original_date, {listed(_COLUMNS)}
    FROM jsonb_populate_recordset(NULL::meetings, $5)
    ON CONFLICT (space_id, ical_uid, original_date) DO UPDATE SET {assigned(_COLUMNS)}
"""
"""Store what is known of the meetings in the rows $5, in the space $1."""

_LEAVE_BEHIND = """
    UPDATE meetings m SET is_present = false, event_id = NULL, shown_answer = NULL
    FROM spaces s WHERE s.id = m.space_id AND m.space_id = $1 AND m.is_present AND m.room_mailbox <> s.room_mailbox
"""


def as_json(note: NoteMeeting) -> dict[str, Any]:
    """Return what is noted as a row."""
    return {"ical_uid": note.key.ical_uid, "original_date": note.key.original_date, **ROWS.as_json(note.meeting)}


async def leave_behind(conn: Connection, space_id: UUID) -> None:
    """Mark meetings that were seen in another mailbox than the space's as not present: this one does not hold them."""
    await conn.execute(_LEAVE_BEHIND, space_id)
