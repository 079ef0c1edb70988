"""Meetings: what is known of each that was seen on a room calendar."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, assigned, columns, listed
from libs.contracts.keys import MeetingKey
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

# Of those that are not over: what is over is not asked for in the next mailbox.
_LEAVE_BEHIND = """
    UPDATE meetings m SET is_present = false, event_id = NULL, shown_answer = NULL,
        last_observed_at = clock_timestamp()
    FROM spaces s
    WHERE s.id = ANY($1) AND m.space_id = s.id AND m.is_present AND ($2 OR m.room_mailbox <> s.room_mailbox)
        AND m.ical_uid IN (
            SELECT i.key_ical_uid FROM intents i
            WHERE i.space_id = ANY($1) AND i.ends_at > statement_timestamp() AND i.key_ical_uid IS NOT NULL
            UNION ALL
            SELECT r.ical_uid FROM reservations r
            WHERE r.space_id = ANY($1) AND r.ends_at > statement_timestamp() AND r.ical_uid IS NOT NULL
            UNION ALL
            SELECT c.ical_uid FROM meetings c WHERE c.space_id = ANY($1) AND c.contested IS NOT NULL
        )
"""


_ORGANIZER_OF = """
    SELECT judged ->> 'organizer' FROM meetings
    WHERE space_id = $1 AND ical_uid = $2 AND original_date IS NOT DISTINCT FROM $3
"""


_READ = f"""
    SELECT {listed(_COLUMNS)} FROM meetings
    WHERE space_id = $1 AND ical_uid = $2 AND original_date IS NOT DISTINCT FROM $3
"""
_CLAIM_SETTLED = """
    UPDATE meetings m SET pending_look = m.pending_look - 'settles_at'
    FROM (
        SELECT space_id, ical_uid FROM meetings
        WHERE original_date IS NULL AND pending_look ->> 'settles_at' IS NOT NULL
            AND (pending_look ->> 'settles_at')::timestamptz <= clock_timestamp()
        LIMIT $1 FOR UPDATE SKIP LOCKED
    ) due
    WHERE m.space_id = due.space_id AND m.ical_uid = due.ical_uid AND m.original_date IS NULL
    RETURNING m.space_id, m.ical_uid, (m.pending_look ->> 'look_id')::uuid AS look_id,
        (m.pending_look ->> 'asked_at')::timestamptz AS asked_at, m.pending_look -> 'in_the_way' AS in_the_way
"""


@dataclass(frozen=True, slots=True)
class SettledRequest:
    """A request that waits for a last look, and the meetings that were in its way when the first was asked for."""

    space_id: UUID
    ical_uid: str
    look_id: UUID
    asked_at: datetime
    in_the_way: tuple[str, ...]


_SETTLED = Rows(SettledRequest)


def as_json(note: NoteMeeting) -> dict[str, Any]:
    """Return what is noted as a row."""
    return {"ical_uid": note.key.ical_uid, "original_date": note.key.original_date, **ROWS.as_json(note.meeting)}


async def leave_behind(conn: Connection, space_ids: list[UUID], *, is_other_tenant: bool) -> None:
    """Mark meetings that were seen in other mailboxes than the spaces' as not present: these do not hold them.

    In another tenant, a mailbox of the same address is another mailbox too. What was observed before is stale.
    """
    await conn.execute(_LEAVE_BEHIND, space_ids, is_other_tenant)


async def organizer_of(conn: Connection, key: MeetingKey) -> str | None:
    """Return the organizer of a meeting as it was last judged; None if it was not, or nobody knows."""
    found: str | None = await conn.fetchval(_ORGANIZER_OF, key.space_id, key.ical_uid, key.original_date)
    return found


async def read(conn: Connection, key: MeetingKey) -> KnownMeeting | None:
    """Read what is known of one meeting."""
    return ROWS.read_one(await conn.fetchrow(_READ, key.space_id, key.ical_uid, key.original_date))


async def claim_settled(conn: Connection, at_most: int) -> list[SettledRequest]:
    """Claim requests whose time to settle is over. From now on whatever answers their look is decided at once."""
    return [_SETTLED.read(row) for row in await conn.fetch(_CLAIM_SETTLED, at_most)]
