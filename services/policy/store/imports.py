"""Imports: which there are, and how far each has got."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows
from libs.contracts.values import Actor
from services.policy.core.imports.item import ItemOutcome

ImportState = Literal["running", "paused", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import. `rooms_failed` are among those that are done; `events` are those that were read so far.

    It ran for `ran_s`. `rooms_read` were read to their end, with `events_of_read` events; of the rooms that are decided
    about, `to_hold` reservations are to be shown in Outlook.
    """

    id: UUID
    is_rehearsal: bool
    cause: Literal["mapping", "request"]
    state: ImportState
    created_at: datetime
    ended_at: datetime | None
    asked_by: Actor | None
    ran_s: float
    rooms: int
    rooms_done: int
    rooms_failed: int
    rooms_read: int
    events_of_read: int
    to_hold: int
    past: int
    counts: dict[ItemOutcome, int]
    awaited: int


_ROWS = Rows(ImportRow)

_START = """
    INSERT INTO imports (id, is_rehearsal, cause, state, asked_by)
    VALUES ($1, $2, $3, 'running', $4) ON CONFLICT (id) DO NOTHING
"""

_SHOWN = """
    SELECT i.id, i.is_rehearsal, i.cause, i.state, i.created_at, i.ended_at, i.asked_by,
        extract(epoch FROM i.ran + coalesce(clock_timestamp() - i.running_since, interval '0'))::float8 AS ran_s,
        r.rooms, r.rooms_done, r.rooms_failed, r.past, r.rooms_read, r.events_of_read, r.to_hold,
        coalesce(c.counts, '{}') AS counts, coalesce(c.awaited, 0) AS awaited
    FROM imports i
    CROSS JOIN LATERAL (
        SELECT count(*) AS rooms, count(*) FILTER (WHERE r.state IN ('done', 'failed')) AS rooms_done,
            count(*) FILTER (WHERE r.state = 'failed') AS rooms_failed, coalesce(sum(r.past), 0)::bigint AS past,
            count(*) FILTER (WHERE e.state = 'read') AS rooms_read,
            coalesce(sum(e.events) FILTER (WHERE e.state = 'read'), 0)::bigint AS events_of_read,
            coalesce(sum(r.to_hold), 0)::bigint AS to_hold
        FROM import_rooms r LEFT JOIN reconciler.import_readings_v1 e
            ON e.import_id = r.import_id AND e.space_id = r.space_id AND e.attempt = r.attempt
        WHERE r.import_id = i.id
    ) r
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(outcome, n) FILTER (WHERE outcome IS NOT NULL) AS counts,
            coalesce(sum(n) FILTER (WHERE outcome IS NULL), 0)::bigint AS awaited
        FROM (SELECT outcome, count(*) AS n FROM import_items WHERE import_id = i.id GROUP BY outcome) AS each
    ) c
"""
_READ = f"{_SHOWN} WHERE i.id = $1"
_PAGE = f"""
    {_SHOWN} WHERE ($1::timestamptz IS NULL OR (i.created_at, i.id) < ($1, $2))
    ORDER BY i.created_at DESC, i.id DESC LIMIT $3
"""

_LOCK = "SELECT state FROM imports WHERE id = $1 FOR UPDATE"

_STOP = """
    UPDATE imports SET state = $2, running_since = NULL,
        ran = ran + coalesce(clock_timestamp() - running_since, interval '0'),
        ended_at = CASE WHEN $2 <> 'paused' THEN clock_timestamp() END
    WHERE id = $1
"""
_RUN = """
    UPDATE imports SET state = 'running', running_since = coalesce(running_since, clock_timestamp()), ended_at = NULL
    WHERE id = $1
"""
_END_FINISHED = """
    UPDATE imports i SET running_since = NULL, ended_at = clock_timestamp(),
        ran = i.ran + coalesce(clock_timestamp() - i.running_since, interval '0'),
        state = CASE WHEN done.failed = done.rooms AND done.rooms > 0 THEN 'failed' ELSE 'finished' END
    FROM (
        SELECT import_id, count(*) AS rooms, count(*) FILTER (WHERE state = 'failed') AS failed,
            bool_and(state IN ('done', 'failed')) AS is_done
        FROM import_rooms WHERE import_id IN (SELECT id FROM imports WHERE state IN ('running', 'paused'))
        GROUP BY import_id
    ) done
    WHERE i.id = done.import_id AND done.is_done AND i.state IN ('running', 'paused')
    RETURNING i.id
"""


async def start(
    conn: Connection, import_id: UUID, *, is_rehearsal: bool, cause: Literal["mapping", "request"], by: Actor | None
) -> None:
    """Begin an import that has no rooms yet; nothing if it has begun."""
    asked_by = by.model_dump(mode="json") if by is not None else None
    await conn.execute(_START, import_id, is_rehearsal, cause, asked_by)


async def read(conn: Connection, import_id: UUID) -> ImportRow | None:
    """Read one import."""
    return _ROWS.read_one(await conn.fetchrow(_READ, import_id))


async def page(conn: Connection, before: tuple[datetime, UUID] | None, limit: int) -> list[ImportRow]:
    """Read the next imports, the newest first."""
    at, import_id = before or (None, None)
    return [_ROWS.read(row) for row in await conn.fetch(_PAGE, at, import_id, limit)]


async def lock(conn: Connection, import_id: UUID) -> ImportState | None:
    """Return the state of an import, and keep it until this transaction ends; None if there is no such import."""
    state: ImportState | None = await conn.fetchval(_LOCK, import_id)
    return state


async def stop(conn: Connection, import_id: UUID, state: Literal["paused", "finished", "failed"]) -> None:
    """Stop the clock of an import."""
    await conn.execute(_STOP, import_id, state)


async def run(conn: Connection, import_id: UUID) -> None:
    """Have an import go on."""
    await conn.execute(_RUN, import_id)


async def end_finished(conn: Connection) -> list[UUID]:
    """End the imports whose rooms are all done or failed; failed if all of them failed."""
    return [row["id"] for row in await conn.fetch(_END_FINISHED)]
