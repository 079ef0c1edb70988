"""The rooms that ingest found in the directory of places, the spaces to map, and mailboxes that were lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed
from services.policy.core.mapping.known import KnownRoom, LostMailbox, SpaceToMap

_ROOM_COLUMNS = columns(KnownRoom)


@dataclass(frozen=True, slots=True)
class Discovery:
    """How the rooms of a connection were last listed: when completely, and since when and why it fails.

    `tried_at` is when the last try ended, whether or not they could be listed.
    """

    connection_id: UUID
    connection_name: str
    listed_at: datetime | None
    problem: str | None
    problem_since: datetime | None
    tried_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoomOfSpace:
    """A room of the directory, and the space that is mapped to it; None if none is."""

    room: KnownRoom
    space_id: UUID | None


@dataclass(frozen=True, slots=True)
class WantedRooms:
    """Which rooms to list: all, or those that a space is mapped to, or those that none is."""

    connection_id: UUID | None = None
    is_mapped: bool | None = None


_ROOMS = Rows(KnownRoom)
_SPACES = Rows(SpaceToMap)
_DISCOVERIES = Rows(Discovery)

_LISTED = """
    SELECT c.id AS connection_id, c.name AS connection_name, d.listed_at, d.problem, d.problem_since,
        d.tried_at
    FROM connections c LEFT JOIN ingest.discoveries_v1 d ON d.connection_id = c.id
    WHERE $1::uuid[] IS NULL OR c.id = ANY($1) ORDER BY c.name, c.id
"""

_HOLDER = "s.connection_id = d.connection_id AND lower(s.room_mailbox) = lower(d.address)"

_PAGE = f"""
    SELECT {listed(_ROOM_COLUMNS, "d")}, s.id AS space_id
    FROM ingest.discovered_rooms_v1 d LEFT JOIN spaces s ON {_HOLDER}
    WHERE ($1::uuid IS NULL OR d.connection_id = $1) AND ($2::bool IS NULL OR (s.id IS NOT NULL) = $2)
        AND ($3::text IS NULL OR (d.name, d.connection_id, d.place_id) > ($3, $4::uuid, $5::text))
    ORDER BY d.name, d.connection_id, d.place_id LIMIT $6
"""

_ALL = f"""
    SELECT {listed(_ROOM_COLUMNS, "d")}, s.id IS NULL AS is_free
    FROM ingest.discovered_rooms_v1 d LEFT JOIN spaces s ON {_HOLDER}
    ORDER BY d.connection_id, d.place_id
"""

_TO_MAP = """
    SELECT id, name, capacity, building FROM spaces WHERE room_mailbox IS NULL AND deleted_at IS NULL ORDER BY name, id
"""

_LOST = """
    SELECT s.id, s.name, s.capacity, s.building, s.connection_id, s.room_mailbox, k.place_id, k.address_now,
        coalesce(w.state = 'quarantined', false) AS is_unreachable
    FROM spaces s JOIN ingest.discoveries_v1 l ON l.connection_id = s.connection_id AND l.listed_at IS NOT NULL
    LEFT JOIN ingest.known_places_v1 k ON k.space_id = s.id AND k.room_mailbox = s.room_mailbox
    LEFT JOIN ingest.watches_v1 w ON w.space_id = s.id AND w.room_mailbox = s.room_mailbox
    WHERE s.deleted_at IS NULL AND s.room_mailbox IS NOT NULL AND NOT EXISTS (
        SELECT FROM ingest.discovered_rooms_v1 d
        WHERE d.connection_id = s.connection_id AND lower(d.address) = lower(s.room_mailbox)
    )
    ORDER BY s.name, s.id
"""


_IS_SAME = """
    SELECT EXISTS (
        SELECT FROM ingest.known_places_v1 k
        LEFT JOIN ingest.discovered_rooms_v1 d
            ON d.connection_id = $4 AND d.place_id = k.place_id AND lower(d.address) = lower($3)
        WHERE k.space_id = $1 AND k.room_mailbox = $2 AND (d.place_id IS NOT NULL OR lower(k.address_now) = lower($3))
    )
"""


async def discoveries(conn: Db, connection_ids: Sequence[UUID] | None = None) -> Sequence[Discovery]:
    """Read how listing the rooms fares of these connections, or of all, by the names of the connections."""
    return [_DISCOVERIES.read(row) for row in await conn.fetch(_LISTED, connection_ids)]


async def page(conn: Db, wanted: WantedRooms, after: tuple[str, UUID, str] | None, limit: int) -> Sequence[RoomOfSpace]:
    """Read rooms by name, connection and id, after the given ones."""
    name, connection_id, place_id = after if after is not None else (None, None, None)
    rows = await conn.fetch(_PAGE, wanted.connection_id, wanted.is_mapped, name, connection_id, place_id, limit)
    return [RoomOfSpace(_ROOMS.read(row), row["space_id"]) for row in rows]


async def all_rooms(conn: Db) -> tuple[Sequence[KnownRoom], Sequence[KnownRoom]]:
    """Read all rooms, and those of them that no space is mapped to."""
    rows = await conn.fetch(_ALL)
    return [_ROOMS.read(row) for row in rows], [_ROOMS.read(row) for row in rows if row["is_free"]]


async def spaces_to_map(conn: Db) -> Sequence[SpaceToMap]:
    """Read the spaces that are not mapped, by name."""
    return [_SPACES.read(row) for row in await conn.fetch(_TO_MAP)]


async def lost_mailboxes(conn: Db) -> Sequence[LostMailbox]:
    """Read the mapped spaces whose mailboxes are not in the directory, where that was listed, by name."""
    return [
        LostMailbox(
            _SPACES.read(row),
            row["connection_id"],
            row["room_mailbox"],
            row["place_id"],
            row["address_now"],
            row["is_unreachable"],
        )
        for row in await conn.fetch(_LOST)
    ]


async def is_renamed(conn: Db, space_id: UUID, before: str, after: str, connection_id: UUID) -> bool:
    """Whether the mailbox that a space is mapped to, by the address `before`, has the address `after` by now."""
    same: bool = await conn.fetchval(_IS_SAME, space_id, before, after, connection_id)
    return same
