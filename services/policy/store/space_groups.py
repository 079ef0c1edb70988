"""Groups of spaces, and which spaces are in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed, placed, values


@dataclass(frozen=True, slots=True)
class SpaceGroupRow:
    """A group of spaces; a space may be in several."""

    id: UUID
    name: str
    version: int
    created_at: datetime


_COLUMNS = columns(SpaceGroupRow)
_ROWS = Rows(SpaceGroupRow)

_ADD = f"INSERT INTO space_groups ({listed(_COLUMNS)}) VALUES ({placed(_COLUMNS)})"
_RENAME = "UPDATE space_groups SET name = $2, version = $3 WHERE id = $1"
_READ = f"SELECT {listed(_COLUMNS)} FROM space_groups WHERE id = $1"
_LOCK = f"{_READ} FOR NO KEY UPDATE"
_NAMED = f"SELECT {listed(_COLUMNS)} FROM space_groups WHERE name = $1"
_EVERY = f"SELECT {listed(_COLUMNS)} FROM space_groups ORDER BY name"
_DELETE = "DELETE FROM space_groups WHERE id = $1"
_UNKNOWN = "SELECT id FROM unnest($1::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM space_groups g WHERE g.id = id.id)"
_OF_SPACE = "SELECT group_id FROM space_group_members WHERE space_id = $1"
_PUT = """
    WITH left_out AS (DELETE FROM space_group_members WHERE space_id = $1 AND group_id <> ALL($2::uuid[]))
    INSERT INTO space_group_members (space_id, group_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING
"""


async def add(conn: Db, new: SpaceGroupRow) -> None:
    """Insert a group. Violates `space_group_names_are_unique` if the name is taken."""
    await conn.execute(_ADD, *values(new, _COLUMNS))


async def rename(conn: Db, renamed: SpaceGroupRow) -> None:
    """Give a group that this transaction has locked another name. Violates `space_group_names_are_unique` as above."""
    await conn.execute(_RENAME, renamed.id, renamed.name, renamed.version)


async def read(conn: Db, group_id: UUID) -> SpaceGroupRow | None:
    """Read one group."""
    return _ROWS.read_one(await conn.fetchrow(_READ, group_id))


async def lock(conn: Db, group_id: UUID) -> SpaceGroupRow | None:
    """Read one group and keep others from changing it until this transaction ends; spaces may be put into it."""
    return _ROWS.read_one(await conn.fetchrow(_LOCK, group_id))


async def named(conn: Db, name: str) -> SpaceGroupRow | None:
    """Find the group of that name."""
    return _ROWS.read_one(await conn.fetchrow(_NAMED, name))


async def every(conn: Db) -> list[SpaceGroupRow]:
    """Read all groups by name; a person keeps them, so there are dozens."""
    return [_ROWS.read(row) for row in await conn.fetch(_EVERY)]


async def delete(conn: Db, group_id: UUID) -> None:
    """Delete a group; its spaces are no longer in it."""
    await conn.execute(_DELETE, group_id)


async def unknown_among(conn: Db, group_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the ids that no group has."""
    return {row["id"] for row in await conn.fetch(_UNKNOWN, group_ids)}


async def of_space(conn: Db, space_id: UUID) -> set[UUID]:
    """Return the groups that a space is in."""
    return {row["group_id"] for row in await conn.fetch(_OF_SPACE, space_id)}


async def put(conn: Db, space_id: UUID, group_ids: Sequence[UUID]) -> None:
    """Put a space into these groups and no others. Violates `space_group_members_group_id_fkey` if one is gone."""
    await conn.execute(_PUT, space_id, group_ids)
