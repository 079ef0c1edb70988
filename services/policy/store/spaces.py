"""Spaces, what they are made of, and the room mailboxes they are mapped to.

`one_space_per_mailbox` makes it impossible that two spaces answer for one mailbox.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.db import Connection as Db

_COLUMNS = """id, name, capacity, time_zone, building, features, setup_minutes, cleanup_minutes,
    connection_id, room_mailbox, mapped_at, version, created_at"""

_WATCHED = f"""
    SELECT {", ".join(f"s.{name.strip()}" for name in _COLUMNS.split(","))},
        array(SELECT p.part_id FROM space_parts p WHERE p.space_id = s.id AND p.part_id <> s.id ORDER BY 1) AS parts,
        w.state AS watch_state, w.detail AS watch_detail
    FROM spaces s LEFT JOIN ingest.watches_v1 w ON w.space_id = s.id AND w.room_mailbox = s.room_mailbox
"""


@dataclass(frozen=True, slots=True)
class Space:
    """A bookable room, mapped if it has a mailbox; a connection goes with every mailbox."""

    id: UUID
    name: str
    capacity: int
    time_zone: str
    building: str | None
    features: list[str]
    setup_minutes: int
    cleanup_minutes: int
    connection_id: UUID | None
    room_mailbox: str | None
    mapped_at: datetime | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WatchedSpace:
    """A space with its parts, none if it is undivided, and how ingest is doing at watching its mailbox."""

    space: Space
    parts: list[UUID]
    watch_state: str | None
    watch_detail: str | None


def _space(row: Any) -> Space:  # noqa: ANN401 - asyncpg's records are untyped
    return Space(**{name: row[name] for name in Space.__slots__})


def _watched(row: Any) -> WatchedSpace:  # noqa: ANN401 - asyncpg's records are untyped
    return WatchedSpace(_space(row), row["parts"], row["watch_state"], row["watch_detail"])


async def add(conn: Db, new: Space) -> None:
    """Insert a space. Raises UniqueViolationError if another space has the mailbox."""
    await conn.execute(
        f"INSERT INTO spaces ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        *(getattr(new, name) for name in Space.__slots__),
    )


async def add_parts(conn: Db, space_id: UUID, part_ids: list[UUID]) -> None:
    """Say what a space occupies: itself where it is undivided, else its parts."""
    await conn.execute(
        "INSERT INTO space_parts (space_id, part_id) SELECT $1, part FROM unnest($2::uuid[]) AS part",
        space_id,
        part_ids,
    )


async def parts_of(conn: Db, space_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """Read what each of these spaces occupies. An unknown space is missing from the answer."""
    rows = await conn.fetch(
        """
        SELECT space_id, array_agg(part_id ORDER BY part_id) AS parts
        FROM space_parts WHERE space_id = ANY($1) GROUP BY space_id
        """,
        space_ids,
    )
    return {row["space_id"]: row["parts"] for row in rows}


async def save(conn: Db, changed: Space) -> None:
    """Overwrite a space that this transaction has locked. Raises UniqueViolationError if the mailbox is taken."""
    await conn.execute(
        """
        UPDATE spaces
        SET name = $2, capacity = $3, time_zone = $4, building = $5, features = $6, setup_minutes = $7,
            cleanup_minutes = $8, connection_id = $9, room_mailbox = $10, mapped_at = $11, version = $12
        WHERE id = $1
        """,
        *(getattr(changed, name) for name in Space.__slots__[:-1]),
    )


async def locked(conn: Db, space_id: UUID) -> Space | None:
    """Read one space and keep others from changing it until this transaction ends."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM spaces WHERE id = $1 FOR UPDATE", space_id)
    return _space(row) if row else None


async def read(conn: Db, space_id: UUID) -> WatchedSpace | None:
    """Read one space."""
    row = await conn.fetchrow(f"{_WATCHED} WHERE s.id = $1", space_id)
    return _watched(row) if row else None


async def page(conn: Db, after: tuple[str, UUID] | None, limit: int) -> list[WatchedSpace]:
    """Read the next spaces in the order of (name, id), after the given one."""
    name, space_id = after or ("", UUID(int=0))
    rows = await conn.fetch(
        f"{_WATCHED} WHERE (s.name, s.id) > ($1, $2) ORDER BY s.name, s.id LIMIT $3", name, space_id, limit
    )
    return [_watched(row) for row in rows]


async def holder(conn: Db, room_mailbox: str) -> Space | None:
    """Find the space that is mapped to this mailbox, given in lower case."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM spaces WHERE room_mailbox = $1", room_mailbox)
    return _space(row) if row else None


async def mapped_through(conn: Db, connection_id: UUID) -> list[Space]:
    """Read every space whose mailbox is in this connection."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM spaces WHERE connection_id = $1 AND room_mailbox IS NOT NULL", connection_id
    )
    return [_space(row) for row in rows]
