"""Misses: the looks that found nothing and are to be repeated, until something is found or concluded.

They are in the database, so that any process can conclude what another began. A miss that is due is put on the bus once
and is no longer due then; the look that follows ends it, or sets the time of the next look.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.common.db import Connection, Pool


@dataclass(frozen=True, slots=True)
class Miss:
    """A look that found nothing under an event id, for what notification, and when to look again.

    `ical_uid` is the meeting that the id stood for, None if nobody has read the id yet. `correlation_id` is that of the
    notification.
    """

    space_id: UUID
    event_id: str
    ical_uid: str | None
    change: Literal["created", "updated", "deleted"]
    received_at: datetime
    look_again_at: datetime
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of an event id that was not found: its meeting, the first look that missed it, and how many did."""

    ical_uid: str | None
    first_missed_at: datetime | None
    looks: int


@dataclass(frozen=True, slots=True)
class DueLook:
    """A look to repeat, with what the notification said that first asked for it, and its correlation id."""

    space_id: UUID
    event_id: str
    change: Literal["created", "updated", "deleted"]
    received_at: datetime
    correlation_id: str | None


_SEEK = """
SELECT sought.ical_uid, min(m.first_missed_at) AS first_missed_at, coalesce(max(m.looks), 0) AS looks
FROM (SELECT (SELECT ical_uid FROM pointers WHERE space_id = $1 AND event_id = $2) AS ical_uid) AS sought
LEFT JOIN misses m ON m.space_id = $1
    AND CASE WHEN sought.ical_uid IS NULL THEN m.event_id = $2 ELSE m.ical_uid = sought.ical_uid END
GROUP BY sought.ical_uid
"""


async def seek(db: Pool | Connection, space_id: UUID, event_id: str) -> Sought:
    """Return what is known of an event id that was not found. The ids of one meeting share the first look."""
    (row,) = await db.fetch(_SEEK, space_id, event_id)
    return Sought(row["ical_uid"], row["first_missed_at"], row["looks"])


_AWAITED_UNTIL = """
SELECT max(awaited_until) FROM policy.expectations_v1 WHERE space_id = $1 AND key_ical_uid = $2
"""


async def awaited_until(db: Pool | Connection, space_id: UUID, ical_uid: str) -> datetime | None:
    """Return until when an answer of ours to a meeting may still change the calendar; None if there is none."""
    found: datetime | None = await db.fetchval(_AWAITED_UNTIL, space_id, ical_uid)
    return found


_RECORD = """
INSERT INTO misses AS known (
    space_id, event_id, ical_uid, change, received_at, first_missed_at, look_again_at, correlation_id)
SELECT space_id, event_id, ical_uid, change, received_at, $7, look_again_at, correlation_id
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $8::text[])
    AS missed (space_id, event_id, ical_uid, change, received_at, look_again_at, correlation_id)
ON CONFLICT (space_id, event_id) DO UPDATE SET
    ical_uid = excluded.ical_uid, looks = known.looks + 1, look_again_at = excluded.look_again_at
"""


async def record(db: Pool | Connection, missed: Sequence[Miss], looked_at: datetime) -> None:
    """Record looks at `looked_at` that found nothing, and when to repeat each; the first look keeps its time."""
    if missed:
        await db.execute(
            _RECORD,
            [each.space_id for each in missed],
            [each.event_id for each in missed],
            [each.ical_uid for each in missed],
            [each.change for each in missed],
            [each.received_at for each in missed],
            [each.look_again_at for each in missed],
            looked_at,
            [each.correlation_id for each in missed],
        )


_CONCLUDE = """
DELETE FROM misses m USING unnest($1::uuid[], $2::text[], $3::text[]) AS ended (space_id, event_id, ical_uid)
WHERE m.space_id = ended.space_id AND (m.event_id = ended.event_id OR m.ical_uid = ended.ical_uid)
"""


async def conclude(db: Pool | Connection, ended: Iterable[tuple[UUID, str, str | None]]) -> None:
    """Forget the misses of these event ids and of their meetings, given as (space, event id, iCalUId)."""
    rows = list(ended)
    if rows:
        await db.execute(_CONCLUDE, *(list(column) for column in zip(*rows, strict=True)))


_LEAVE_TO_SWEEP = "DELETE FROM misses WHERE space_id = ANY($1) AND ical_uid IS NULL"


async def leave_to_sweep(db: Pool | Connection, space_ids: Sequence[UUID]) -> None:
    """Forget the misses of these spaces under ids that nobody has read, because a sweep stands for them."""
    if space_ids:
        await db.execute(_LEAVE_TO_SWEEP, space_ids)


_CLAIM_DUE = """
WITH due AS (
    SELECT space_id, event_id FROM misses WHERE look_again_at <= clock_timestamp()
    ORDER BY look_again_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE misses m SET look_again_at = NULL FROM due
WHERE m.space_id = due.space_id AND m.event_id = due.event_id
RETURNING m.space_id, m.event_id, m.change, m.received_at, m.correlation_id
"""


async def claim_due(conn: Connection, at_most: int) -> list[DueLook]:
    """Return the looks that are due, earliest first, and make them due no longer. The caller puts them on the bus."""
    rows = await conn.fetch(_CLAIM_DUE, at_most)
    return [
        DueLook(row["space_id"], row["event_id"], row["change"], row["received_at"], row["correlation_id"])
        for row in rows
    ]
