"""Rooms that the directory of places knows, by connection; and under which of them mapped mailboxes are known there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.cloud import TENANCY_COLUMNS, Tenancy, tenancy_of
from libs.graph.directory import RoomPlace

_ADOPT = """
WITH gone AS (
    DELETE FROM discoveries WHERE connection_id NOT IN (SELECT connection_id FROM policy.own_connections_v1)
)
INSERT INTO discoveries (connection_id) SELECT connection_id FROM policy.own_connections_v1 ON CONFLICT DO NOTHING
"""

_CLAIM = f"""
WITH due AS (
    SELECT connection_id FROM discoveries WHERE due_at <= clock_timestamp()
    ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE discoveries d SET due_at = clock_timestamp() + $1::interval FROM due
    WHERE d.connection_id = due.connection_id RETURNING d.connection_id
)
SELECT {TENANCY_COLUMNS} FROM claimed JOIN policy.own_connections_v1 USING (connection_id)
"""

_REPLACE = """
WITH listed AS (
    SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[])
        AS listed (place_id, address, name, capacity, building, floor)
), gone AS (
    DELETE FROM discovered_rooms
    WHERE connection_id = $1 AND place_id NOT IN (SELECT place_id FROM listed)
)
INSERT INTO discovered_rooms AS known (connection_id, place_id, address, name, capacity, building, floor)
SELECT $1, listed.* FROM listed
ON CONFLICT (connection_id, place_id) DO UPDATE SET
    address_since = CASE WHEN known.address = excluded.address THEN known.address_since ELSE clock_timestamp() END,
    address = excluded.address, name = excluded.name, capacity = excluded.capacity,
    building = excluded.building, floor = excluded.floor
WHERE (known.address, known.name, known.capacity, known.building, known.floor)
    IS DISTINCT FROM (excluded.address, excluded.name, excluded.capacity, excluded.building, excluded.floor)
"""

_FINISH = """
UPDATE discoveries SET due_at = clock_timestamp() + $2::interval, listed_at = clock_timestamp(),
    tried_at = clock_timestamp(), problem = NULL, problem_since = NULL
WHERE connection_id = $1
"""

_FAIL = """
UPDATE discoveries SET due_at = clock_timestamp() + $2::interval, tried_at = clock_timestamp(), problem = $3,
    problem_since = coalesce(problem_since, clock_timestamp())
WHERE connection_id = $1
"""

_HURRY = "UPDATE discoveries SET due_at = clock_timestamp() WHERE connection_id = $1"

_KNOW = """
INSERT INTO known_places AS known (space_id, room_mailbox, place_id)
SELECT w.space_id, w.room_mailbox, d.place_id
FROM watches w JOIN discovered_rooms d ON d.connection_id = w.connection_id AND lower(d.address) = lower(w.room_mailbox)
WHERE w.connection_id = coalesce($1, w.connection_id) AND w.space_id = coalesce($2, w.space_id)
ON CONFLICT (space_id) DO UPDATE SET
    room_mailbox = excluded.room_mailbox, place_id = excluded.place_id, address_now = NULL
WHERE (known.room_mailbox, known.place_id) IS DISTINCT FROM (excluded.room_mailbox, excluded.place_id)
    OR known.address_now IS NOT NULL
"""

_FORGET = """
DELETE FROM known_places k
WHERE NOT EXISTS (SELECT FROM watches w WHERE w.space_id = k.space_id AND w.room_mailbox = k.room_mailbox)
"""

_ASTRAY = """
SELECT w.space_id, w.room_mailbox, w.object_id FROM watches w
WHERE w.connection_id = $1 AND w.object_id IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM discovered_rooms d
        WHERE d.connection_id = w.connection_id AND lower(d.address) = lower(w.room_mailbox)
    )
ORDER BY w.space_id LIMIT $2
"""

_NOTE_ADDRESSES = """
INSERT INTO known_places AS known (space_id, room_mailbox, address_now)
SELECT space_id, room_mailbox, address
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS found (space_id, room_mailbox, address)
    JOIN watches USING (space_id, room_mailbox)
ON CONFLICT (space_id) DO UPDATE SET
    place_id = CASE WHEN known.room_mailbox = excluded.room_mailbox THEN known.place_id END,
    room_mailbox = excluded.room_mailbox, address_now = excluded.address_now, noted_at = clock_timestamp()
WHERE (known.room_mailbox, known.address_now) IS DISTINCT FROM (excluded.room_mailbox, excluded.address_now)
"""


@dataclass(frozen=True, slots=True)
class StrayMailbox:
    """A mapped mailbox that no room of the directory has the address of, and the object id of its owner."""

    space_id: UUID
    room_mailbox: str
    object_id: str


async def adopt(db: Pool | Connection) -> None:
    """Bring the list of connections up to date; a new one is due at once."""
    await db.execute(_ADOPT)


async def claim(db: Pool | Connection, lease: timedelta, at_most: int) -> list[Tenancy]:
    """Claim connections whose rooms are to be listed; each is due again after the lease."""
    return [tenancy_of(row) for row in await db.fetch(_CLAIM, lease, at_most)]


async def replace_rooms(conn: Connection, connection_id: UUID, rooms: Sequence[RoomPlace]) -> None:
    """Record a complete listing in place of the one before; what is as it was is not written."""
    await conn.execute(
        _REPLACE,
        connection_id,
        [each.place_id for each in rooms],
        [each.address for each in rooms],
        [each.name for each in rooms],
        [each.capacity for each in rooms],
        [each.building for each in rooms],
        [each.floor for each in rooms],
    )


async def finish(conn: Connection, connection_id: UUID, pause: timedelta) -> None:
    """Record that a listing was complete, and when the next is due."""
    await conn.execute(_FINISH, connection_id, pause)


async def fail(db: Pool | Connection, connection_id: UUID, pause: timedelta, problem: str) -> None:
    """Record why a listing was not complete, and when it is tried again. The rooms that are known stay."""
    await db.execute(_FAIL, connection_id, pause, problem)


async def hurry(conn: Connection, connection_id: UUID) -> None:
    """Have the rooms of a connection listed at once."""
    await conn.execute(_HURRY, connection_id)


async def know_mapped(conn: Connection, connection_id: UUID) -> None:
    """Record which rooms of the directory the mapped mailboxes are, by their addresses."""
    await conn.execute(_KNOW, connection_id, None)


async def know_newly_mapped(conn: Connection, space_id: UUID) -> None:
    """Record which room of the directory the mailbox of a space is, if that was listed before it was mapped."""
    await conn.execute(_KNOW, None, space_id)


async def forget_unmapped(db: Pool | Connection) -> None:
    """Forget what mailboxes are known as that are no longer mapped."""
    await db.execute(_FORGET)


async def astray(db: Pool | Connection, connection_id: UUID, at_most: int) -> list[StrayMailbox]:
    """Return mapped mailboxes, `at_most` of them, that the directory does not have under their addresses."""
    rows = await db.fetch(_ASTRAY, connection_id, at_most)
    return [StrayMailbox(row["space_id"], row["room_mailbox"], row["object_id"]) for row in rows]


async def note_addresses(db: Pool | Connection, found: Mapping[StrayMailbox, str]) -> None:
    """Record which addresses these mailboxes have by now."""
    stray = list(found)
    await db.execute(
        _NOTE_ADDRESSES,
        [each.space_id for each in stray],
        [each.room_mailbox for each in stray],
        [found[each] for each in stray],
    )
