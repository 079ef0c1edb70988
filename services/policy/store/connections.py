"""Connections: one Microsoft tenant each, with the name of the credential that reaches it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.db import Connection as Db

_COLUMNS = (
    "id, name, cloud, tenant_id, client_id, credential, edits_organizer_events, refused_edit, version, created_at"
)


@dataclass(frozen=True, slots=True)
class Connection:
    """One tenant. `credential` names a secret of the deployment and is never the secret."""

    id: UUID
    name: str
    cloud: str
    tenant_id: str
    client_id: str
    credential: str
    edits_organizer_events: bool
    refused_edit: str
    version: int
    created_at: datetime


def _connection(row: Any) -> Connection:  # noqa: ANN401 - asyncpg's records are untyped
    return Connection(**dict(row))


async def add(conn: Db, new: Connection) -> None:
    """Insert a connection. Raises UniqueViolationError if the name is taken."""
    await conn.execute(
        f"INSERT INTO connections ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.name,
        new.cloud,
        new.tenant_id,
        new.client_id,
        new.credential,
        new.edits_organizer_events,
        new.refused_edit,
        new.version,
        new.created_at,
    )


async def save(conn: Db, changed: Connection) -> None:
    """Overwrite a connection that this transaction has locked. Raises UniqueViolationError if the name is taken."""
    await conn.execute(
        """
        UPDATE connections
        SET name = $2, cloud = $3, tenant_id = $4, client_id = $5, credential = $6,
            edits_organizer_events = $7, refused_edit = $8, version = $9
        WHERE id = $1
        """,
        changed.id,
        changed.name,
        changed.cloud,
        changed.tenant_id,
        changed.client_id,
        changed.credential,
        changed.edits_organizer_events,
        changed.refused_edit,
        changed.version,
    )


async def read(conn: Db, connection_id: UUID) -> Connection | None:
    """Read one connection."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM connections WHERE id = $1", connection_id)
    return _connection(row) if row else None


async def locked(conn: Db, connection_id: UUID) -> Connection | None:
    """Read one connection and keep others from changing it until this transaction ends."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM connections WHERE id = $1 FOR UPDATE", connection_id)
    return _connection(row) if row else None


async def named(conn: Db, name: str) -> Connection | None:
    """Find the connection of that name."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM connections WHERE name = $1", name)
    return _connection(row) if row else None


async def every(conn: Db) -> list[Connection]:
    """Read all connections by name; there are as many as tenants."""
    return [_connection(row) for row in await conn.fetch(f"SELECT {_COLUMNS} FROM connections ORDER BY name")]
