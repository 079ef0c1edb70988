"""Fillings: mailboxes that were mapped and do not show yet all that was reserved before, and how far each is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows
from services.policy.core.imports.item import ImportItem

_ITEMS = Rows(ImportItem)

_START = """
    INSERT INTO fillings (space_id) SELECT unnest($1::uuid[])
    ON CONFLICT (space_id) DO UPDATE SET
        started_at = excluded.started_at, done_until = excluded.done_until, done_id = excluded.done_id
"""

_START_FOR_UNHELD = """
    INSERT INTO fillings (space_id, started_at) VALUES ($1, '-infinity') ON CONFLICT (space_id) DO NOTHING
"""

_END = "DELETE FROM fillings WHERE space_id = $1"

_UNFINISHED = """
    SELECT f.space_id FROM fillings f
    WHERE NOT EXISTS (
        SELECT FROM import_rooms r JOIN imports i ON i.id = r.import_id
        WHERE r.space_id = f.space_id AND r.state IN ('deciding', 'holding') AND NOT i.is_rehearsal
            AND i.cause = 'mapping' AND r.since > clock_timestamp() - interval '1 day'
    )
    ORDER BY f.started_at, f.space_id
"""

_IS_UNFINISHED = "SELECT EXISTS (SELECT FROM fillings WHERE space_id = $1)"

_OF_FILLING = "(SELECT {} FROM fillings WHERE space_id = $1)"
_HELD_SINCE = f"""
    SELECT i.key_reservation_id FROM intents i
    WHERE i.space_id = $1 AND i.key_reservation_id IS NOT NULL AND i.wanted ->> 'want' = 'hold'
        AND i.issued_at >= {_OF_FILLING.format("started_at")}
"""
# `NOT IN` reads these once, whatever PostgreSQL knows of the table; `NOT EXISTS` may look through them for each row.
_TO_HOLD = f"""
    FROM reservations r
    CROSS JOIN LATERAL (SELECT CASE WHEN r.ical_uid IS NULL THEN r.group_id END AS group_id) g
    WHERE r.space_id = $1 AND r.ends_at > statement_timestamp() AND r.status IN ('pending', 'confirmed')
        AND NOT r.yields AND (r.starts_at, r.id) > ({_OF_FILLING.format("done_until")}, {_OF_FILLING.format("done_id")})
        AND (r.ical_uid IS NULL OR r.kept_without_invitation OR NOT (
            SELECT is_present FROM meetings m
            WHERE m.space_id = r.space_id AND m.ical_uid = r.ical_uid
                AND (m.original_date IS NULL OR m.original_date = r.original_date)
            ORDER BY m.original_date NULLS LAST LIMIT 1
        ))
        AND r.id NOT IN ({_HELD_SINCE}) AND (g.group_id IS NULL OR g.group_id NOT IN ({_HELD_SINCE}))
"""
_NEXT = f"""
    SELECT r.id, r.starts_at, g.group_id {_TO_HOLD} ORDER BY r.starts_at, r.id LIMIT $2
"""
_COUNT = f"SELECT count(DISTINCT coalesce(g.group_id, r.id)) {_TO_HOLD}"
# A date of a series that was never decided about by itself is in the mailbox if its series is.

_TO_BE_HELD = f"""
    SELECT 'ledger' AS side, coalesce(held.group_id, held.id)::text AS item_key, held.ical_uid,
        held.id AS reservation_id, held.starts_at, held.ends_at, held.title, 'created_in_outlook' AS outcome,
        CASE WHEN held.group_id IS NOT NULL THEN held.dates END AS dates, '[]'::jsonb AS reasons
    FROM (
        SELECT DISTINCT ON (coalesce(g.group_id, r.id)) r.id, r.ical_uid, r.starts_at, r.ends_at, r.title, g.group_id,
            count(*) OVER (PARTITION BY coalesce(g.group_id, r.id)) AS dates
        {_TO_HOLD}
            AND NOT EXISTS (
                SELECT FROM reconciler.import_events_v1 e
                WHERE e.import_id = $2 AND e.space_id = $1 AND e.ical_uid = r.ical_uid AND NOT r.kept_without_invitation
            )
        ORDER BY coalesce(g.group_id, r.id), r.starts_at
    ) held
    ORDER BY held.starts_at, held.id
"""

_ADVANCE = "UPDATE fillings SET done_until = $2, done_id = $3 WHERE space_id = $1"


@dataclass(frozen=True, slots=True)
class ToHold:
    """A reservation that its mailbox does not show yet, and the group of the back office that it is a date of."""

    id: UUID
    starts_at: datetime
    group_id: UUID | None


async def start(conn: Connection, space_ids: list[UUID]) -> None:
    """Begin anew to fill the mailboxes of these spaces."""
    await conn.execute(_START, space_ids)


async def end(conn: Connection, space_id: UUID) -> None:
    """Stop filling the mailbox of a space: it is done, or no longer mapped."""
    await conn.execute(_END, space_id)


async def start_for_unheld(conn: Connection, space_id: UUID) -> None:
    """Begin to fill a mailbox with holds that were never wanted, unless it is being filled."""
    await conn.execute(_START_FOR_UNHELD, space_id)


async def count_to_hold(conn: Connection, space_id: UUID) -> int:
    """Count the holds that are still to be wanted, a group as one."""
    count: int = await conn.fetchval(_COUNT, space_id)
    return count


async def is_unfinished(conn: Connection, space_id: UUID) -> bool:
    """Whether a mailbox is still to be filled."""
    found: bool = await conn.fetchval(_IS_UNFINISHED, space_id)
    return found


async def unfinished(conn: Connection) -> list[UUID]:
    """Return the spaces whose mailboxes are to be filled, the longest waiting first.

    Those that an import has begun with are filled by that, unless it has not ended within a day.
    """
    return [row["space_id"] for row in await conn.fetch(_UNFINISHED)]


async def next_to_hold(conn: Connection, space_id: UUID, at_most: int) -> list[ToHold]:
    """Return the next live reservations without an invitation in the mailbox for which no hold was wanted since."""
    return [ToHold(row["id"], row["starts_at"], row["group_id"]) for row in await conn.fetch(_NEXT, space_id, at_most)]


async def to_be_held(conn: Connection, import_id: UUID, space_id: UUID) -> list[ImportItem]:
    """Return what a mailbox that is to be filled is to show, a group as one, but for what an import read there."""
    return [_ITEMS.read(row) for row in await conn.fetch(_TO_BE_HELD, space_id, import_id)]


async def advance(conn: Connection, space_id: UUID, done: ToHold) -> None:
    """Record that all reservations up to this one were looked at."""
    await conn.execute(_ADVANCE, space_id, done.starts_at, done.id)
