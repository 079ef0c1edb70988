"""Read what many spaces have in a span of days, quickly, because thousands of reservations are shown at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from libs.contracts.values import Window
from services.policy.core.schedule import Blocked, Scheduled
from services.policy.store.reading import LONGEST, containing


@dataclass(frozen=True, slots=True)
class ScheduleFilter:
    """Which spaces to show: None stands for any. `name` is a part of a name, `capacity` the smallest that will do."""

    name: str | None = None
    building: str | None = None
    group_id: UUID | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduledSpace:
    """A space as the head of its row. `related` are the other spaces that have a part in common with it."""

    id: UUID
    name: str
    capacity: int
    building: str | None
    time_zone: str
    is_mapped: bool
    related: frozenset[UUID]


_SPACES = Rows(ScheduledSpace)

_PAGE = """
    SELECT s.id, s.name, s.capacity, s.building, s.time_zone, s.room_mailbox IS NOT NULL AS is_mapped,
        array(
            SELECT DISTINCT other.space_id FROM space_parts own JOIN space_parts other USING (part_id)
            WHERE own.space_id = s.id AND other.space_id <> s.id
        ) AS related
    FROM spaces s
    WHERE s.deleted_at IS NULL AND (s.name, s.id) > ($1, $2)
        AND ($3::text IS NULL OR s.name ILIKE $3) AND ($4::text IS NULL OR lower(s.building) = lower($4))
        AND ($5::uuid IS NULL OR EXISTS (
            SELECT FROM space_group_members g WHERE g.space_id = s.id AND g.group_id = $5
        ))
        AND ($6::int IS NULL OR s.capacity >= $6)
    ORDER BY s.name, s.id LIMIT $7
"""

_BUILDINGS = "SELECT DISTINCT building FROM spaces WHERE deleted_at IS NULL AND building IS NOT NULL ORDER BY building"

_SCHEDULED = f"""
    SELECT r.id, r.space_id, r.starts_at, r.ends_at, r.title, r.organizer_name, r.organizer_address, r.is_private,
        r.status, r.ical_uid IS NOT NULL AS is_meeting, r.group_id,
        r.refused_request IS NOT NULL AS has_refused_edit, r.kept_without_invitation, r.yields, r.competes,
        taken.starts_at AS taken_from, taken.ends_at AS taken_until
    FROM reservations r LEFT JOIN LATERAL (
        SELECT min(lower(o.during)) AS starts_at, max(upper(o.during)) AS ends_at
        FROM occupancies o WHERE o.reservation_id = r.id AND o.purpose = 'reserved'
    ) taken ON true
    WHERE r.space_id = ANY($1) AND r.status IN ('pending', 'confirmed')
        AND r.ends_at > $2 AND r.starts_at > $2 - {LONGEST} AND r.starts_at < $3
        AND ($4::timestamptz IS NULL OR (r.starts_at, r.id) > ($4, $5))
    ORDER BY r.starts_at, r.id LIMIT $6
"""

_BLOCKED = """
    SELECT DISTINCT p.space_id, o.purpose, r.id AS reservation_id, s.id AS of_id, s.name AS of_name,
        lower(each) AS starts_at, upper(each) AS ends_at
    FROM space_parts p JOIN occupancies o USING (part_id) JOIN reservations r ON r.id = o.reservation_id
    JOIN spaces s ON s.id = r.space_id CROSS JOIN LATERAL unnest(o.during * tstzmultirange(tstzrange($2, $3))) AS each
    WHERE p.space_id = ANY($1) AND o.during && tstzrange($2, $3)
        AND (r.space_id <> p.space_id OR o.purpose <> 'reserved')
"""


async def spaces(conn: Db, wanted: ScheduleFilter, after: tuple[str, UUID] | None, limit: int) -> list[ScheduledSpace]:
    """Read the next spaces in the order of (name, id), after the given one."""
    name, space_id = after or ("", UUID(int=0))
    rows = await conn.fetch(
        _PAGE,
        name,
        space_id,
        containing(wanted.name),
        wanted.building,
        wanted.group_id,
        wanted.capacity,
        limit,
    )
    return [_SPACES.read(row) for row in rows]


async def buildings(conn: Db) -> list[str]:
    """Return the names of all buildings, in order."""
    return [row["building"] for row in await conn.fetch(_BUILDINGS)]


async def scheduled(
    conn: Db,
    space_ids: Sequence[UUID],
    window: Window,
    after: tuple[datetime, UUID] | None = None,
    limit: int | None = None,
) -> list[Scheduled]:
    """Read what waits or is booked in these spaces within a window, by (start, id), after the given place."""
    rows = await conn.fetch(_SCHEDULED, list(space_ids), window.start, window.end, *(after or (None, None)), limit)
    return [Scheduled(*row.values()) for row in rows]


async def blocked(conn: Db, space_ids: Sequence[UUID], window: Window) -> list[Blocked]:
    """Read what else these spaces are taken by within a window: other spaces' bookings, and times that are held."""
    rows = await conn.fetch(_BLOCKED, list(space_ids), window.start, window.end)
    return [Blocked(*row.values()) for row in rows]
