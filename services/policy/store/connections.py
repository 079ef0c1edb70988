"""Connections: one Microsoft tenant each, with the name of the credential that reaches it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed, placed, set_to, values


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One tenant. `credential` names a secret of the deployment and is never the secret."""

    id: UUID
    name: str
    cloud: str
    tenant_id: str
    client_id: str
    credential: str
    edits_organizer_events: bool
    refused_edit: str
    own_domains: list[str]
    version: int
    created_at: datetime


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


async def delete(conn: Db, connection_id: UUID) -> None:
    """Delete a connection. Violates a foreign key if a space is mapped through it."""
    await conn.execute(_DELETE, connection_id)
