"""Drifts from the day they were found to the day they were gone. `one_open_drift_per_key` makes each one row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.contracts.messages import DriftKind
from services.reconciler.core.reckoning import Known, Standing

KEPT = timedelta(days=400)


async def open_of(db: Pool | Connection, space_id: UUID) -> list[Known]:
    """Return the drifts of a room that were not gone when it was last compared."""
    rows = await db.fetch(
        "SELECT kind, key, seen_as, asks, ask_again_at, found_at FROM drifts WHERE space_id = $1 AND healed_at IS NULL",
        space_id,
    )
    return [Known(DriftKind(row["kind"]), *list(row.values())[1:]) for row in rows]


async def stand(
    conn: Connection, space_id: UUID, standing: Sequence[Standing], cause: str | None, at: datetime
) -> None:
    """Note how drifts stand now: new ones are found at `at`, those known stay the ones they are."""
    await conn.execute(
        """
        INSERT INTO drifts (space_id, cause, found_at, last_seen_at, kind, key, seen_as, asks, ask_again_at)
        SELECT $1, $2, $3, $3, * FROM unnest($4::text[], $5::text[], $6::text[], $7::int[], $8::timestamptz[])
        ON CONFLICT (space_id, kind, key) WHERE healed_at IS NULL DO UPDATE SET
            last_seen_at = excluded.last_seen_at, seen_as = excluded.seen_as, asks = excluded.asks,
            ask_again_at = excluded.ask_again_at
        """,
        space_id,
        cause,
        at,
        [each.kind.value for each in standing],
        [each.key for each in standing],
        [each.seen_as for each in standing],
        [each.asks for each in standing],
        [each.ask_again_at for each in standing],
    )


async def heal(conn: Connection, space_id: UUID, gone: Sequence[Known], at: datetime) -> None:
    """Note that drifts are gone."""
    await conn.execute(
        """
        UPDATE drifts d SET healed_at = $2
        FROM unnest($3::text[], $4::text[]) AS gone (kind, key)
        WHERE d.space_id = $1 AND d.healed_at IS NULL AND d.kind = gone.kind AND d.key = gone.key
        """,
        space_id,
        at,
        [each.kind.value for each in gone],
        [each.key for each in gone],
    )


async def forget_old(db: Pool | Connection) -> None:
    """Delete drifts that have been gone for so long that nobody asks about them."""
    await db.execute("DELETE FROM drifts WHERE healed_at < clock_timestamp() - $1::interval", KEPT)
