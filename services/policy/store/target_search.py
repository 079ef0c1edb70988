"""Find what a policy can be attached to by a part of its name: a group of spaces, or a space, also by its building."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, columns, listed


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """A group with the number of its spaces, or a space with its capacity and its building."""

    scope: Literal["group", "space"]
    id: UUID
    name: str
    building: str | None
    capacity: int | None
    spaces: int | None


_ROWS = Rows(FoundTarget)
_COLUMNS = listed(columns(FoundTarget))

_TARGETS = """
    SELECT 'group' AS scope, g.id, g.name, NULL AS building, NULL::int AS capacity,
        (SELECT count(*) FROM space_group_members m WHERE m.group_id = g.id) AS spaces
    FROM space_groups g
    UNION ALL
    SELECT 'space', s.id, s.name, s.building, s.capacity, NULL FROM spaces s WHERE s.deleted_at IS NULL
"""
_NAMED = f"""
    SELECT {_COLUMNS} FROM ({_TARGETS}) t
    WHERE ($1::text IS NULL OR position(lower($1) IN lower(name)) > 0 OR position(lower($1) IN lower(building)) > 0)
        AND ($3::text IS NULL OR scope = $3)
    ORDER BY scope, lower(name), id LIMIT $2
"""
_ONE = f"SELECT {_COLUMNS} FROM ({_TARGETS}) t WHERE scope = $1 AND id = $2"


async def named(conn: Connection, part: str | None, limit: int, scope: str | None = None) -> list[FoundTarget]:
    """Find groups, then spaces, or those of one scope, by a part of the name or building in whatever case, by name."""
    return [_ROWS.read(row) for row in await conn.fetch(_NAMED, part, limit, scope)]


async def one(conn: Connection, scope: str, target_id: UUID) -> FoundTarget | None:
    """Read the group or the space of an id; None if there is none."""
    return _ROWS.read_one(await conn.fetchrow(_ONE, scope, target_id))
