"""Mapped rooms as policy shows them, and which meeting an event id stood for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.cloud import Tenancy, tenancy_of


@dataclass(frozen=True, slots=True)
class MappedRoom:
    """A mapped space, its mailbox, and how to reach it."""

    space_id: UUID
    room_mailbox: str
    tenancy: Tenancy


async def rooms(db: Pool | Connection, space_ids: Sequence[UUID]) -> tuple[datetime, Mapping[UUID, MappedRoom]]:
    """Return the database's clock, and those of the spaces that are mapped."""
    rows = await db.fetch(
        """
        SELECT clock_timestamp() AS now, m.space_id, m.room_mailbox, m.connection_id, m.cloud, m.tenant_id,
            m.client_id, m.credential
        FROM (SELECT 1) AS one LEFT JOIN policy.mapped_spaces_v1 m ON m.space_id = ANY($1)
        """,
        space_ids,
    )
    found = {
        row["space_id"]: MappedRoom(row["space_id"], row["room_mailbox"], tenancy_of(row))
        for row in rows
        if row["space_id"] is not None
    }
    return rows[0]["now"], found


async def remember(db: Pool | Connection, seen: Iterable[tuple[UUID, str, str]]) -> None:
    """Remember (space, event id, iCalUId) of what was read, and that the rooms were heard of."""
    rows = list(
        {(space_id, event_id): (space_id, event_id, ical_uid) for space_id, event_id, ical_uid in seen}.values()
    )
    if not rows:
        return
    await db.execute(
        """
        WITH seen AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS seen (space_id, event_id, ical_uid)),
        heard AS (
            UPDATE watches SET last_notified_at = clock_timestamp() WHERE space_id IN (SELECT space_id FROM seen)
        )
        INSERT INTO pointers (space_id, event_id, ical_uid) SELECT * FROM seen
        ON CONFLICT (space_id, event_id) DO UPDATE SET ical_uid = excluded.ical_uid, seen_at = excluded.seen_at
        """,
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
    )


async def ical_uid_of(db: Pool | Connection, space_id: UUID, event_id: str) -> str | None:
    """Return the meeting that an event id stood for when it was last read."""
    found: str | None = await db.fetchval(
        "SELECT ical_uid FROM pointers WHERE space_id = $1 AND event_id = $2", space_id, event_id
    )
    return found


async def forget_old(db: Pool | Connection) -> None:
    """Delete pointers so old that nothing will ask for them."""
    await db.execute("DELETE FROM pointers WHERE seen_at < clock_timestamp() - interval '400 days'")
