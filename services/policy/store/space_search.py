"""Find spaces by a part of their name, so that one of thousands can be chosen."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, columns, listed


@dataclass(frozen=True, slots=True)
class FoundSpace:
    """A space as somebody chooses it."""

    id: UUID
    name: str
    capacity: int
    building: str | None
    time_zone: str


_ROWS = Rows(FoundSpace)
_COLUMNS = listed(columns(FoundSpace))

_NAMED = f"""
    SELECT {_COLUMNS} FROM spaces
    WHERE deleted_at IS NULL AND ($1::text IS NULL OR position(lower($1) IN lower(name)) > 0)
        AND ($2::text IS NULL OR (name, id) > ($2, $3))
    ORDER BY name, id LIMIT $4
"""
_ONE = f"SELECT {_COLUMNS} FROM spaces WHERE id = $1 AND deleted_at IS NULL"


async def named(conn: Connection, part: str | None, after: tuple[str, UUID] | None, limit: int) -> list[FoundSpace]:
    """Find the next spaces with this in their name, in upper or lower case, by (name, id), after the given one."""
    return [_ROWS.read(row) for row in await conn.fetch(_NAMED, part, *(after or (None, None)), limit)]


async def one(conn: Connection, space_id: UUID) -> FoundSpace | None:
    """Read one space that can be chosen; None if there is none of this id."""
    return _ROWS.read_one(await conn.fetchrow(_ONE, space_id))
