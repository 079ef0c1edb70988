"""Mapped rooms as policy's view shows them, and pointers: which meeting an event id stood for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.cloud import Tenancy, tenancy_of
from libs.graph.mailbox_name import MailboxName


@dataclass(frozen=True, slots=True)
class MappedRoom:
    """A mapped space whose mailbox is admitted, and how to reach it; `mailbox` knows its object id if we do."""

    space_id: UUID
    room_mailbox: str
    mailbox: MailboxName
    tenancy: Tenancy


@dataclass(frozen=True, slots=True)
class Pointer:
    """The meeting that an event id on a space's room calendar stands for."""

    space_id: UUID
    event_id: str
    ical_uid: str


_ROOMS = """
SELECT clock_timestamp() AS now, space_id, m.room_mailbox, w.object_id,
    m.connection_id, m.cloud, m.tenant_id, m.client_id, m.credentials
FROM (SELECT 1) AS one
LEFT JOIN (policy.mapped_spaces_v1 m JOIN watches w USING (space_id))
    ON space_id = ANY($1) AND w.is_admitted AND w.room_mailbox = m.room_mailbox AND w.connection_id = m.connection_id
"""


async def rooms(db: Pool | Connection, space_ids: Sequence[UUID]) -> tuple[datetime, Mapping[UUID, MappedRoom]]:
    """Return the database's time, and those of the spaces that are mapped to a mailbox that is admitted."""
    rows = await db.fetch(_ROOMS, space_ids)
    mapped = [row for row in rows if row["space_id"] is not None]  # if none is found, one row has the time only
    found = {
        row["space_id"]: MappedRoom(
            row["space_id"], row["room_mailbox"], MailboxName(row["room_mailbox"], row["object_id"]), tenancy_of(row)
        )
        for row in mapped
    }
    return rows[0]["now"], found


_REMEMBER = """
WITH seen AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS seen (space_id, event_id, ical_uid)),
heard AS (
    UPDATE watches SET last_notified_at = clock_timestamp() WHERE space_id IN (SELECT space_id FROM seen)
), ended AS (
    DELETE FROM misses m USING seen
    WHERE m.space_id = seen.space_id AND (m.ical_uid = seen.ical_uid OR m.event_id = seen.event_id)
)
INSERT INTO pointers (space_id, event_id, ical_uid) SELECT space_id, event_id, ical_uid FROM seen
ON CONFLICT (space_id, event_id) DO UPDATE SET ical_uid = excluded.ical_uid, seen_at = excluded.seen_at
"""


async def remember(db: Pool | Connection, seen: Iterable[Pointer]) -> None:
    """Remember which meetings were read under which ids, that they are missed no longer, and that Graph notified us."""
    pointers = list({(each.space_id, each.event_id): each for each in seen}.values())
    if pointers:
        await db.execute(
            _REMEMBER,
            [each.space_id for each in pointers],
            [each.event_id for each in pointers],
            [each.ical_uid for each in pointers],
        )


_KNOWN_AS = """
SELECT event_id, ical_uid FROM pointers
WHERE space_id = $1 AND (event_id = ANY($2) OR ical_uid = $3)
ORDER BY seen_at DESC LIMIT 20
"""


async def known_as(db: Pool | Connection, space_id: UUID, event_ids: Sequence[str], ical_uid: str) -> dict[str, str]:
    """Return as which meeting each of these events was last read, and every event that was read as this meeting."""
    rows = await db.fetch(_KNOWN_AS, space_id, event_ids, ical_uid)
    return {row["event_id"]: row["ical_uid"] for row in rows}
