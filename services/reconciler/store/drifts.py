"""Drifts from the day they were found to the day they were gone. `one_open_drift_per_key` makes each one row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.common.rows import Rows, columns, listed
from services.reconciler.core.reckoning import Known, StandingDrift
from services.reconciler.store.keys import COLUMNS, as_arrays, key_of

KEPT = timedelta(days=400)

_ROWS = Rows(Known)

_OPEN_OF = f"""
    SELECT {listed(COLUMNS)}, {listed(columns(Known, but=["key"]))} FROM drifts
    WHERE space_id = $1 AND healed_at IS NULL
"""

_STAND = """
    INSERT INTO drifts (space_id, cause, found_at, last_seen_at, kind, key_ical_uid, key_original_date,
        key_reservation_id, seen_as, asks, ask_again_at)
    SELECT $1, $2, $3, $3, * FROM unnest(
        $4::text[], $5::text[], $6::date[], $7::uuid[], $8::text[], $9::int[], $10::timestamptz[]
    )
    ON CONFLICT (space_id, kind, key_ical_uid, key_original_date, key_reservation_id) WHERE healed_at IS NULL
    DO UPDATE SET
        last_seen_at = excluded.last_seen_at, seen_as = excluded.seen_as, asks = excluded.asks,
        ask_again_at = excluded.ask_again_at
"""

_HEAL = """
    UPDATE drifts d SET healed_at = $2
    FROM unnest($3::text[], $4::text[], $5::date[], $6::uuid[]) AS gone (kind, ical_uid, original_date, reservation_id)
    WHERE d.space_id = $1 AND d.healed_at IS NULL AND d.kind = gone.kind
        AND (d.key_ical_uid, d.key_original_date, d.key_reservation_id)
            IS NOT DISTINCT FROM (gone.ical_uid, gone.original_date, gone.reservation_id)
"""

_FORGET_OLD = "DELETE FROM drifts WHERE healed_at < clock_timestamp() - $1::interval"


async def open_of(db: Pool | Connection, space_id: UUID) -> list[Known]:
    """Return the drifts of a room that were not gone when it was last compared."""
    return [_ROWS.read({**row, "key": key_of(row)}) for row in await db.fetch(_OPEN_OF, space_id)]


async def stand(
    conn: Connection, space_id: UUID, standing: Sequence[StandingDrift], cause: str | None, at: datetime
) -> None:
    """Note how drifts stand now: new ones are found at `at`, those known stay the ones they are."""
    await conn.execute(
        _STAND,
        space_id,
        cause,
        at,
        [each.kind.value for each in standing],
        *as_arrays(each.key for each in standing),
        [each.seen_as for each in standing],
        [each.asks for each in standing],
        [each.ask_again_at for each in standing],
    )


async def heal(conn: Connection, space_id: UUID, gone: Sequence[Known], at: datetime) -> None:
    """Note that drifts are gone."""
    await conn.execute(_HEAL, space_id, at, [each.kind.value for each in gone], *as_arrays(each.key for each in gone))


async def forget_old(db: Pool | Connection) -> None:
    """Delete drifts that have been gone for so long that nobody asks about them."""
    await db.execute(_FORGET_OLD, KEPT)
