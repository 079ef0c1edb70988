"""Connections: one Microsoft tenant each, with the names of the credentials that reach it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed, placed, set_to, values
from services.policy.core.place import ConflictDetail


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One tenant. `credential` names a secret of the deployment and is never the secret; it may have a second."""

    id: UUID
    name: str
    cloud: str
    tenant_id: str
    client_id: str
    credential: str
    second_credential: str | None
    edits_organizer_events: bool
    refused_edit: str
    own_domains: list[str]
    conflict_detail: ConflictDetail
    version: int
    created_at: datetime

    @property
    def credentials(self) -> tuple[str, ...]:
        """Return the names of its credentials, one or two, in the order in which they were given."""
        return tuple(each for each in (self.credential, self.second_credential) if each is not None)


CONFLICT_DETAIL = """
    coalesce(
        (SELECT conflict_detail FROM connections WHERE id = {}),
        (SELECT 'time' FROM connections WHERE conflict_detail = 'time' LIMIT 1),
        'organizer'
    )
"""
"""What may be told of meetings in a space that is mapped through this connection; if it is not, the least of any."""

_COLUMNS = columns(ConnectionRow)
_CHANGED = columns(ConnectionRow, but=("id", "created_at"))
_ROWS = Rows(ConnectionRow)

_ADD = f"INSERT INTO connections ({listed(_COLUMNS)}) VALUES ({placed(_COLUMNS)})"
_SAVE = f"UPDATE connections SET {set_to(_CHANGED, 2)} WHERE id = $1"
_READ = f"SELECT {listed(_COLUMNS)} FROM connections WHERE id = $1"
_LOCK = f"{_READ} FOR NO KEY UPDATE"
_DELETE = "DELETE FROM connections WHERE id = $1"
_NAMED = f"SELECT {listed(_COLUMNS)} FROM connections WHERE name = $1"
_EVERY = f"SELECT {listed(_COLUMNS)} FROM connections ORDER BY name"
_OF_SAME_TENANT = f"""
    SELECT {listed(_COLUMNS)} FROM connections
    WHERE cloud = $2 AND lower(tenant_id) = lower($3) AND id <> $1 ORDER BY name
"""
_PAGE = f"""
    SELECT {listed(_COLUMNS)} FROM connections
    WHERE (name, id) > ($1, $2) AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0)
    ORDER BY name, id LIMIT $3
"""
_ROOMS_OF = """
    SELECT connection_id, count(*) AS rooms FROM spaces
    WHERE connection_id = ANY($1) AND room_mailbox IS NOT NULL AND deleted_at IS NULL GROUP BY connection_id
"""


async def add(conn: Db, new: ConnectionRow) -> None:
    """Insert a connection. Violates `connection_names_are_unique` if the name is taken."""
    await conn.execute(_ADD, *values(new, _COLUMNS))


async def save(conn: Db, changed: ConnectionRow) -> None:
    """Overwrite a connection that this transaction has locked. Violates `connection_names_are_unique` as above."""
    await conn.execute(_SAVE, changed.id, *values(changed, _CHANGED))


async def read(conn: Db, connection_id: UUID) -> ConnectionRow | None:
    """Read one connection."""
    return _ROWS.read_one(await conn.fetchrow(_READ, connection_id))


async def lock(conn: Db, connection_id: UUID) -> ConnectionRow | None:
    """Read one connection and keep others from changing it until this transaction ends; spaces may be mapped to it."""
    return _ROWS.read_one(await conn.fetchrow(_LOCK, connection_id))


async def named(conn: Db, name: str) -> ConnectionRow | None:
    """Find the connection of that name."""
    return _ROWS.read_one(await conn.fetchrow(_NAMED, name))


async def every(conn: Db) -> list[ConnectionRow]:
    """Read all connections by name; there are as many as tenants."""
    return [_ROWS.read(row) for row in await conn.fetch(_EVERY)]


async def of_same_tenant(conn: Db, connection: ConnectionRow) -> list[ConnectionRow]:
    """Read the other connections that name the same tenant, by name. A tenant may also be named in another way."""
    found = await conn.fetch(_OF_SAME_TENANT, connection.id, connection.cloud, connection.tenant_id)
    return [_ROWS.read(row) for row in found]


async def page(conn: Db, part: str | None, after: tuple[str, UUID] | None, limit: int) -> Sequence[ConnectionRow]:
    """Read the next connections in the order of (name, id), after the given one; `part` is a part of their names."""
    name, connection_id = after or ("", UUID(int=0))
    return [_ROWS.read(row) for row in await conn.fetch(_PAGE, name, connection_id, limit, part)]


async def rooms_of(conn: Db, connection_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count the spaces that are mapped through connections, by their ids; without those that are closing."""
    counted = {row["connection_id"]: row["rooms"] for row in await conn.fetch(_ROOMS_OF, connection_ids)}
    return {each: counted.get(each, 0) for each in connection_ids}


async def delete(conn: Db, connection_id: UUID) -> None:
    """Delete a connection. Violates a foreign key if a space is mapped through it."""
    await conn.execute(_DELETE, connection_id)
