"""Drifts, from when they were found until they were gone. `one_open_drift_per_key` makes each of them one row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.common.rows import Rows, columns, listed
from libs.contracts.keys import KEY_COLUMNS, Key, columns_of, key_of_row
from services.reconciler.core.reckoning import CurrentDrift, KnownDrift

_ROWS = Rows(KnownDrift)

_OPEN_OF = f"""
    SELECT {listed(KEY_COLUMNS)}, {listed(columns(KnownDrift, but=["key"]))} FROM drifts
    WHERE space_id = $1 AND healed_at IS NULL
"""

_RECORD = """
    INSERT INTO drifts (space_id, cause, found_at, last_seen_at, correlation_id, kind, key_ical_uid, key_original_date,
        key_reservation_id, seen_as, asks, ask_again_at)
    SELECT $1, $2, $3, $3, $11, * FROM unnest(
        $4::text[], $5::text[], $6::date[], $7::uuid[], $8::text[], $9::int[], $10::timestamptz[]
    )
    ON CONFLICT (space_id, kind, key_ical_uid, key_original_date, key_reservation_id) WHERE healed_at IS NULL
    DO UPDATE SET
        last_seen_at = excluded.last_seen_at, seen_as = excluded.seen_as, asks = excluded.asks,
        ask_again_at = excluded.ask_again_at,
        correlation_id = CASE WHEN excluded.ask_again_at IS DISTINCT FROM drifts.ask_again_at
            THEN excluded.correlation_id ELSE drifts.correlation_id END
"""

_HEAL = """
    UPDATE drifts d SET healed_at = $2
    FROM unnest($3::text[], $4::text[], $5::date[], $6::uuid[]) AS gone (kind, ical_uid, original_date, reservation_id)
    WHERE d.space_id = $1 AND d.healed_at IS NULL AND d.kind = gone.kind
        AND (d.key_ical_uid, d.key_original_date, d.key_reservation_id)
            IS NOT DISTINCT FROM (gone.ical_uid, gone.original_date, gone.reservation_id)
"""

_ASK_ANEW_OF = "UPDATE drifts SET asks = 0, ask_again_at = NULL WHERE space_id = $1 AND healed_at IS NULL"

_ASK_ANEW = """
    UPDATE drifts d SET asks = 0, ask_again_at = NULL FROM rooms r
    WHERE r.space_id = d.space_id AND r.connection_id = $1
        AND ($2::text IS NULL OR lower(r.room_mailbox) = lower($2)) AND d.healed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class FindingSweep:
    """The sweep that found drifts: when it read, why notifications had not told of them if known, and its id."""

    at: datetime
    cause: str | None
    correlation_id: str


async def open_of(db: Pool | Connection, space_id: UUID) -> list[KnownDrift]:
    """Return the drifts of a room that were not gone when it was last compared."""
    return [_ROWS.read({**row, "key": key_of_row(row)}) for row in await db.fetch(_OPEN_OF, space_id)]


async def record(conn: Connection, space_id: UUID, current: Sequence[CurrentDrift], by: FindingSweep) -> None:
    """Record the drifts that a sweep found: insert the new ones, and update those that are known.

    Each has the correlation id of the sweep that last asked policy about it.
    """
    await conn.execute(
        _RECORD,
        space_id,
        by.cause,
        by.at,
        [str(each.kind) for each in current],
        *_as_arrays(each.key for each in current),
        [each.seen_as for each in current],
        [each.asks for each in current],
        [each.ask_again_at for each in current],
        by.correlation_id,
    )


async def heal(conn: Connection, space_id: UUID, gone: Sequence[KnownDrift], at: datetime) -> None:
    """Record that drifts are gone."""
    await conn.execute(_HEAL, space_id, at, [str(each.kind) for each in gone], *_as_arrays(each.key for each in gone))


async def ask_anew(conn: Connection, connection_id: UUID, room_mailbox: str | None) -> None:
    """Have policy asked again about the drifts of a room, or of all rooms of a connection, as if for the first time."""
    await conn.execute(_ASK_ANEW, connection_id, room_mailbox)


async def ask_anew_of(conn: Connection, space_id: UUID) -> None:
    """Have policy asked again about the drifts of a room, as if for the first time."""
    await conn.execute(_ASK_ANEW_OF, space_id)


def _as_arrays(keys: Iterable[Key]) -> tuple[list[object], list[object], list[object]]:
    """Return the columns of keys of one space as arrays, without the space."""
    columns = [columns_of(key) for key in keys]
    return (
        [each.ical_uid for each in columns],
        [each.original_date for each in columns],
        [each.reservation_id for each in columns],
    )
