"""The items of imports: what became of each event and each reservation.

An item is written once: what is found later about the same event or reservation, because a room was read again, is the
work of this import itself. Only what had failed is overwritten.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, columns, listed
from services.policy.core.imports.item import ImportItem
from services.policy.core.place import ConflictDetail, Place
from services.policy.store.connections import CONFLICT_DETAIL
from services.policy.store.import_rooms import WaitingRoom


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportItemRow(ImportItem):
    """An item with its number, and its space as sentences name it."""

    id: int
    space_id: UUID
    space_name: str
    time_zone: str
    conflict_detail: ConflictDetail

    @property
    def place(self) -> Place:
        """Return the space as sentences name it."""
        return Place(self.space_name, self.time_zone, self.conflict_detail)


_COLUMNS = columns(ImportItem)
_ITEMS = Rows(ImportItem)
_ROWS = Rows(ImportItemRow)

_ADD = f"""
    INSERT INTO import_items AS i (import_id, space_id, {listed(_COLUMNS)})
    SELECT $1, $2, {listed(_COLUMNS)} FROM jsonb_populate_recordset(NULL::import_items, $3)
    ON CONFLICT (import_id, space_id, side, item_key) DO UPDATE SET
        outcome = excluded.outcome, reasons = excluded.reasons, reservation_id = excluded.reservation_id,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, title = excluded.title, dates = excluded.dates
    WHERE i.outcome = 'failed'
"""

_WANTED_SINCE = """
    FROM intents i CROSS JOIN LATERAL (
        SELECT count(*) AS dates, bool_or(r.ical_uid IS NULL AND r.group_id = i.key_reservation_id) AS is_group,
            (array_agg(r.id ORDER BY r.starts_at))[1] AS id, min(r.starts_at) AS starts_at,
            (array_agg(r.ends_at ORDER BY r.starts_at))[1] AS ends_at,
            (array_agg(r.title ORDER BY r.starts_at))[1] AS title,
            (array_agg(r.ical_uid ORDER BY r.starts_at))[1] AS ical_uid, min(r.created_at) AS created_at
        FROM reservations r
        WHERE (r.id = i.key_reservation_id OR r.group_id = i.key_reservation_id AND r.ical_uid IS NULL)
            AND r.space_id IS NOT DISTINCT FROM i.space_id AND r.status IN ('pending', 'confirmed')
            AND r.ends_at > statement_timestamp()
    ) r
    WHERE i.space_id = $2 AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL AND i.issued_at >= $3
        AND i.ends_at > statement_timestamp() AND i.wanted ->> 'want' = 'hold' AND r.dates > 0 AND r.created_at < $3
"""

_ADD_HELD = f"""
    INSERT INTO import_items
        (import_id, space_id, side, item_key, ical_uid, reservation_id, starts_at, ends_at, title, dates)
    SELECT $1, i.space_id, 'ledger', i.key_reservation_id::text, r.ical_uid, r.id, r.starts_at, r.ends_at, r.title,
        CASE WHEN r.is_group THEN r.dates END
    {_WANTED_SINCE}
    ORDER BY r.starts_at
    ON CONFLICT (import_id, space_id, side, item_key) DO UPDATE SET outcome = NULL, reasons = '[]'
    WHERE import_items.outcome = 'failed'
"""

_SETTLE = """
    UPDATE import_items t SET
        outcome = CASE WHEN i.wanted ->> 'want' <> 'hold' OR i.state = 'written' THEN 'created_in_outlook'
            ELSE 'failed' END,
        reasons = CASE WHEN i.wanted ->> 'want' = 'hold' AND i.state = 'given_up' THEN jsonb_build_array(
            jsonb_build_object('kind', 'stated', 'rule', 'outlook', 'limit', NULL, 'actual', NULL,
                'message', coalesce(i.detail, 'Outlook did not take it.'))
        ) ELSE '[]' END
    FROM intents i
    WHERE t.import_id = $1 AND t.space_id = $2 AND t.outcome IS NULL
        AND i.key_reservation_id = t.item_key::uuid AND i.space_id IS NOT DISTINCT FROM t.space_id
        AND (i.state IN ('written', 'given_up') OR i.wanted ->> 'want' <> 'hold')
"""

_AWAITED = "SELECT count(*) FROM import_items WHERE import_id = $1 AND space_id = $2 AND outcome IS NULL"

_SHOWN = f"""
    SELECT i.id, i.space_id, {listed(_COLUMNS, "i")}, s.name AS space_name, s.time_zone,
        {CONFLICT_DETAIL.format("s.connection_id")} AS conflict_detail
    FROM import_items i JOIN spaces s ON s.id = i.space_id
    WHERE i.import_id = $1 AND i.outcome IS NOT NULL AND ($2::text IS NULL OR i.outcome = $2)
        AND ($3::uuid IS NULL OR i.space_id = $3) AND i.id > $4
    ORDER BY i.id LIMIT $5
"""


async def add(conn: Connection, room: WaitingRoom, items: list[ImportItem]) -> None:
    """Add items of a room; one that is there already stays as it is, unless it had failed."""
    rows: list[dict[str, Any]] = [_ITEMS.as_json(each) for each in items]
    await conn.execute(_ADD, room.import_id, room.space_id, rows)


async def _plan_by_size(conn: Connection) -> None:
    """Have what follows in this transaction planned by how large its tables are now.

    A plan that was kept was made while they were smaller: it may read all rows of a table for each of another.
    """
    await conn.execute("SET LOCAL plan_cache_mode = force_custom_plan")


async def add_held(conn: Connection, room: WaitingRoom) -> None:
    """Add an item for each reservation from before the import for which a hold was wanted since it began.

    Reads all intents of the room: call it once all holds are wanted, as the last thing in a transaction.
    """
    await _plan_by_size(conn)
    await conn.execute(_ADD_HELD, room.import_id, room.space_id, room.since)


async def settle_held(conn: Connection, room: WaitingRoom) -> int:
    """Give the items of holds their outcomes, as far as those are settled; return how many are not."""
    await _plan_by_size(conn)
    await conn.execute(_SETTLE, room.import_id, room.space_id)
    awaited: int = await conn.fetchval(_AWAITED, room.import_id, room.space_id)
    return awaited


async def page(
    conn: Connection, import_id: UUID, outcome: str | None, space_id: UUID | None, after: int, limit: int | None
) -> list[ImportItemRow]:
    """Read the next items whose outcome is known, in the order in which they were decided; all without a limit."""
    return [_ROWS.read(row) for row in await conn.fetch(_SHOWN, import_id, outcome, space_id, after, limit)]
