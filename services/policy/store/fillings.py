"""Fillings: mailboxes that were mapped and do not show yet all that was reserved before, and how far each is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection

_START = """
    INSERT INTO fillings (space_id) SELECT unnest($1::uuid[])
    ON CONFLICT (space_id) DO UPDATE SET
        started_at = excluded.started_at, done_until = excluded.done_until, done_id = excluded.done_id
"""

_END = "DELETE FROM fillings WHERE space_id = $1"

_UNFINISHED = "SELECT space_id FROM fillings ORDER BY started_at, space_id"

_NEXT = """
    SELECT r.id, r.starts_at FROM fillings f JOIN reservations r USING (space_id)
    WHERE f.space_id = $1 AND r.space_id = $1 AND r.ends_at > statement_timestamp()
        AND (r.starts_at, r.id) > (f.done_until, f.done_id) AND r.status IN ('pending', 'confirmed')
        AND (r.ical_uid IS NULL OR r.kept_without_invitation OR NOT (
            SELECT is_present FROM meetings m
            WHERE m.space_id = r.space_id AND m.ical_uid = r.ical_uid
                AND (m.original_date IS NULL OR m.original_date = r.original_date)
            ORDER BY m.original_date NULLS LAST LIMIT 1
        ))
        AND NOT EXISTS (
            SELECT FROM intents i
            WHERE i.space_id = r.space_id AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL
                AND i.key_reservation_id = r.id AND i.issued_at >= f.started_at AND i.wanted ->> 'want' = 'hold'
        )
    ORDER BY r.starts_at, r.id LIMIT $2
"""
# A date of a series that was never decided about by itself is in the mailbox if its series is.

_ADVANCE = "UPDATE fillings SET done_until = $2, done_id = $3 WHERE space_id = $1"


@dataclass(frozen=True, slots=True)
class ToHold:
    """A reservation that its mailbox does not show yet."""

    id: UUID
    starts_at: datetime


async def start(conn: Connection, space_ids: list[UUID]) -> None:
    """Begin anew to fill the mailboxes of these spaces."""
    await conn.execute(_START, space_ids)


async def end(conn: Connection, space_id: UUID) -> None:
    """Stop filling the mailbox of a space: it is done, or no longer mapped."""
    await conn.execute(_END, space_id)


async def unfinished(conn: Connection) -> list[UUID]:
    """Return the spaces whose mailboxes are being filled, the longest waiting first."""
    return [row["space_id"] for row in await conn.fetch(_UNFINISHED)]


async def next_to_hold(conn: Connection, space_id: UUID, at_most: int) -> list[ToHold]:
    """Return the next live reservations without an invitation in the mailbox for which no hold was wanted since."""
    return [ToHold(row["id"], row["starts_at"]) for row in await conn.fetch(_NEXT, space_id, at_most)]


async def advance(conn: Connection, space_id: UUID, done: ToHold) -> None:
    """Record that all reservations up to this one were looked at."""
    await conn.execute(_ADVANCE, space_id, done.starts_at, done.id)
