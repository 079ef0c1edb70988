"""Drifts from the day they were found to the day they were gone. `one_open_drift_per_key` makes each one row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.contracts.keys import columns_of
from libs.contracts.messages import DriftKind
from services.reconciler.core.reckoning import Known, Standing
from services.reconciler.store.keys import key_of

KEPT = timedelta(days=400)


async def open_of(db: Pool | Connection, space_id: UUID) -> list[Known]:
    """Return the drifts of a room that were not gone when it was last compared."""
    rows = await db.fetch(
        """
        SELECT kind, space_id, key_ical_uid, key_original_date, key_reservation_id, seen_as, asks, ask_again_at,
            found_at
        FROM drifts WHERE space_id = $1 AND healed_at IS NULL
        """,
        space_id,
    )
    return [
        Known(
            kind=DriftKind(row["kind"]),
            key=key_of(row),
            seen_as=row["seen_as"],
            asks=row["asks"],
            ask_again_at=row["ask_again_at"],
            found_at=row["found_at"],
        )
        for row in rows
    ]


async def stand(
    conn: Connection, space_id: UUID, standing: Sequence[Standing], cause: str | None, at: datetime
) -> None:
    """Note how drifts stand now: new ones are found at `at`, those known stay the ones they are."""
    await conn.execute(
        """
        INSERT INTO drifts (space_id, cause, found_at, last_seen_at,
            kind, key_ical_uid, key_original_date, key_reservation_id, seen_as, asks, ask_again_at)
        SELECT $1, $2, $3, $3, * FROM unnest(
            $4::text[], $5::text[], $6::date[], $7::uuid[], $8::text[], $9::int[], $10::timestamptz[]
        )
        ON CONFLICT (space_id, kind, key_ical_uid, key_original_date, key_reservation_id) WHERE healed_at IS NULL
        DO UPDATE SET
            last_seen_at = excluded.last_seen_at, seen_as = excluded.seen_as, asks = excluded.asks,
            ask_again_at = excluded.ask_again_at
        """,
        space_id,
        cause,
        at,
        [each.kind.value for each in standing],
        *_columns(standing),
        [each.seen_as for each in standing],
        [each.asks for each in standing],
        [each.ask_again_at for each in standing],
    )


async def heal(conn: Connection, space_id: UUID, gone: Sequence[Known], at: datetime) -> None:
    """Note that drifts are gone."""
    await conn.execute(
        """
        UPDATE drifts d SET healed_at = $2
        FROM unnest($3::text[], $4::text[], $5::date[], $6::uuid[])
            AS gone (kind, ical_uid, original_date, reservation_id)
        WHERE d.space_id = $1 AND d.healed_at IS NULL AND d.kind = gone.kind
            AND (d.key_ical_uid, d.key_original_date, d.key_reservation_id)
                IS NOT DISTINCT FROM (gone.ical_uid, gone.original_date, gone.reservation_id)
        """,
        space_id,
        at,
        [each.kind.value for each in gone],
        *_columns(gone),
    )


def _columns(drifts: Sequence[Known | Standing]) -> tuple[list[object], list[object], list[object]]:
    keys = [columns_of(each.key) for each in drifts]
    return (
        [each.ical_uid for each in keys],
        [each.original_date for each in keys],
        [each.reservation_id for each in keys],
    )


async def forget_old(db: Pool | Connection) -> None:
    """Delete drifts that have been gone for so long that nobody asks about them."""
    await db.execute("DELETE FROM drifts WHERE healed_at < clock_timestamp() - $1::interval", KEPT)
