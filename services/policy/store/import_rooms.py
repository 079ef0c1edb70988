"""The rooms of imports: whose turn it is, how far each is decided about, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows
from services.policy.core.imports.item import ItemOutcome

RoomState = Literal["waiting", "reading", "deciding", "holding", "done", "failed"]


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """A room that something may be done about: the import that it is in, and how far that has got with it.

    `reading` is how the reconciler is doing at reading its calendar, None before it has begun.
    """

    import_id: UUID
    space_id: UUID
    room_mailbox: str
    connection_id: UUID
    is_mapped: bool
    is_rehearsal: bool
    cause: Literal["mapping", "request"]
    state: Literal["deciding", "holding"]
    attempt: int
    decided_rank: int
    decided_seq: int
    since: datetime
    reading: Literal["waiting", "read", "failed"] | None
    reading_detail: str | None
    past_events: int | None


@dataclass(frozen=True, slots=True)
class ImportRoomRow:
    """The part of one room in an import, as it is shown. `events` is how many were read so far."""

    space_id: UUID
    space_name: str
    room_mailbox: str
    state: RoomState
    detail: str | None
    events: int
    past: int
    counts: dict[ItemOutcome, int]
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SupposedRoom:
    """A room that a rehearsal takes to be mapped like this; it `is_mapped` if it is."""

    space_id: UUID
    room_mailbox: str
    connection_id: UUID
    is_mapped: bool


_ROOMS = Rows(WaitingRoom)
_SHOWN_ROWS = Rows(ImportRoomRow)

_ADD = """
    INSERT INTO import_rooms (import_id, space_id, room_mailbox, connection_id, is_mapped)
    SELECT $1, id, room_mailbox, connection_id, true FROM spaces
    WHERE id = ANY($2) AND room_mailbox IS NOT NULL AND connection_id IS NOT NULL AND deleted_at IS NULL
    ORDER BY name, id
    ON CONFLICT (import_id, space_id) DO NOTHING
"""

_ADD_SUPPOSED = """
    INSERT INTO import_rooms (import_id, space_id, room_mailbox, connection_id, is_mapped)
    SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::boolean[])
"""

_WAITING = """
    SELECT r.import_id, r.space_id, r.room_mailbox, r.connection_id, r.is_mapped, i.is_rehearsal, i.cause, r.state,
        r.attempt, r.decided_rank, r.decided_seq, r.since,
        e.state AS reading, e.detail AS reading_detail, e.past AS past_events
    FROM import_rooms r JOIN imports i ON i.id = r.import_id
    LEFT JOIN reconciler.import_readings_v1 e
        ON e.import_id = r.import_id AND e.space_id = r.space_id AND e.attempt = r.attempt
    WHERE r.state IN ('deciding', 'holding') AND i.state = 'running' AND NOT EXISTS (
        SELECT FROM import_rooms before JOIN imports ON imports.id = before.import_id
        WHERE before.space_id = r.space_id AND before.turn < r.turn AND before.state IN ('deciding', 'holding')
            AND imports.state = 'running'
    )
"""
_DUE = f"{_WAITING} ORDER BY r.turn"
_LOCK = f"{_WAITING} AND r.import_id = $1 AND r.space_id = $2 FOR UPDATE OF r"

_ADVANCE = "UPDATE import_rooms SET decided_rank = $3, decided_seq = $4 WHERE import_id = $1 AND space_id = $2"

_HOLD = """
    UPDATE import_rooms SET state = 'holding', to_hold = $3, past = $4 WHERE import_id = $1 AND space_id = $2
"""

_END = """
    UPDATE import_rooms SET state = $3, detail = $4, ended_at = clock_timestamp() WHERE import_id = $1 AND space_id = $2
"""

_END_OF_SPACES = """
    UPDATE import_rooms SET state = 'failed', detail = $2, ended_at = clock_timestamp()
    WHERE space_id = ANY($1) AND state IN ('deciding', 'holding')
"""

_END_THROUGH = """
    UPDATE import_rooms SET state = 'failed', detail = $2, ended_at = clock_timestamp()
    WHERE connection_id = $1 AND state IN ('deciding', 'holding')
"""

_FOLLOW = """
    UPDATE import_rooms r SET room_mailbox = $2 FROM spaces s
    WHERE s.id = $1 AND r.space_id = s.id AND r.room_mailbox = s.room_mailbox AND r.is_mapped AND r.state <> 'done'
"""

# What is read to its end under one address is as good under another.
_READ_ANEW = """
    UPDATE import_rooms r SET state = 'deciding', detail = NULL, ended_at = NULL, attempt = r.attempt + 1,
        decided_rank = 0, decided_seq = 0
    WHERE r.space_id = $1 AND r.is_mapped AND r.room_mailbox = $2
        AND (r.state = 'failed' AND NOT EXISTS (
            SELECT FROM import_rooms later WHERE later.space_id = r.space_id AND later.turn > r.turn
        ) OR r.state = 'deciding' AND NOT EXISTS (
            SELECT FROM reconciler.import_readings_v1 e
            WHERE e.import_id = r.import_id AND e.space_id = r.space_id AND e.attempt = r.attempt AND e.state = 'read'
        ))
    RETURNING r.import_id
"""

_TRY_AGAIN = """
    UPDATE import_rooms r SET state = 'deciding', detail = NULL, ended_at = NULL, attempt = r.attempt + 1,
        decided_rank = 0, decided_seq = 0, turn = DEFAULT
    FROM spaces s
    WHERE r.import_id = $1 AND r.state = 'failed' AND s.id = r.space_id AND s.deleted_at IS NULL
        AND (NOT r.is_mapped OR (s.room_mailbox, s.connection_id) = (r.room_mailbox, r.connection_id))
    RETURNING r.space_id
"""

_SHOWN = """
    SELECT r.space_id, s.name AS space_name, r.room_mailbox,
        CASE WHEN r.state <> 'deciding' THEN r.state WHEN e.began_at IS NULL THEN 'waiting'
            WHEN e.state = 'read' THEN 'deciding' ELSE 'reading' END AS state,
        coalesce(r.detail, CASE WHEN r.state = 'deciding' THEN e.detail END) AS detail,
        coalesce(e.events, 0) AS events, r.past, r.ended_at,
        (
            SELECT coalesce(jsonb_object_agg(outcome, n), '{}')
            FROM (
                SELECT outcome, count(*) AS n FROM import_items i
                WHERE i.import_id = r.import_id AND i.space_id = r.space_id AND outcome IS NOT NULL GROUP BY outcome
            ) AS each
        ) AS counts
    FROM import_rooms r JOIN spaces s ON s.id = r.space_id
    LEFT JOIN reconciler.import_readings_v1 e
        ON e.import_id = r.import_id AND e.space_id = r.space_id AND e.attempt = r.attempt
    WHERE r.import_id = $1
"""
_PAGE = f"{_SHOWN} AND (s.name, s.id) > ($2, $3) ORDER BY s.name, s.id LIMIT $4"
_ONE = f"{_SHOWN} AND r.space_id = $2"

_OVER_IN_LEDGER = """
    SELECT count(*) FROM reservations
    WHERE space_id = $1 AND status = 'confirmed' AND NOT yields AND ends_at <= statement_timestamp()
"""


async def add(conn: Connection, import_id: UUID, space_ids: list[UUID]) -> int:
    """Add spaces to an import as they are mapped; return how many are, those that are in it already left out."""
    status = await conn.execute(_ADD, import_id, space_ids)
    return int(status.rpartition(" ")[2])


async def add_supposed(conn: Connection, import_id: UUID, rooms: Sequence[SupposedRoom]) -> None:
    """Add rooms to a rehearsal."""
    await conn.execute(
        _ADD_SUPPOSED,
        import_id,
        [each.space_id for each in rooms],
        [each.room_mailbox for each in rooms],
        [each.connection_id for each in rooms],
        [each.is_mapped for each in rooms],
    )


async def due(conn: Connection) -> list[WaitingRoom]:
    """Return the rooms of running imports whose turn it is, the longest waiting first."""
    return [_ROOMS.read(row) for row in await conn.fetch(_DUE)]


async def lock(conn: Connection, import_id: UUID, space_id: UUID) -> WaitingRoom | None:
    """Read one room whose turn it is, and keep others from working on it; None if it is no longer its turn."""
    return _ROOMS.read_one(await conn.fetchrow(_LOCK, import_id, space_id))


async def advance(conn: Connection, room: WaitingRoom, rank: int, seq: int) -> None:
    """Record that all events of a lower rank, and those of this one up to `seq`, are decided about."""
    await conn.execute(_ADVANCE, room.import_id, room.space_id, rank, seq)


async def follow(conn: Connection, space_id: UUID, address: str) -> None:
    """Have imports that are not done read the mailbox of a space under the address that it is to have from now on."""
    await conn.execute(_FOLLOW, space_id, address)


async def read_anew(conn: Connection, space_id: UUID, address: str) -> list[UUID]:
    """Have the mailbox of a space read under this address by imports that have not read it to its end.

    Of the imports that failed for this space, only the last is among them. Returns the imports.
    """
    return [row["import_id"] for row in await conn.fetch(_READ_ANEW, space_id, address)]


async def hold(conn: Connection, room: WaitingRoom, to_hold: int, past: int) -> None:
    """Record that all events of a room are decided about, so that what its calendar does not show is held."""
    await conn.execute(_HOLD, room.import_id, room.space_id, to_hold, past)


async def end(conn: Connection, room: WaitingRoom, state: Literal["done", "failed"], detail: str | None = None) -> None:
    """End the part of a room; `detail` says why it failed, and what helps."""
    await conn.execute(_END, room.import_id, room.space_id, state, detail)


async def end_of_spaces(conn: Connection, space_ids: list[UUID], detail: str) -> None:
    """End the parts of these spaces in every import, because their mailboxes are others from now on."""
    await conn.execute(_END_OF_SPACES, space_ids, detail)


async def end_through(conn: Connection, connection_id: UUID, detail: str) -> None:
    """End the part of every room that is reached through a connection, because that is gone."""
    await conn.execute(_END_THROUGH, connection_id, detail)


async def try_again(conn: Connection, import_id: UUID) -> int:
    """Have the rooms that failed read again, as long as they are mapped as they were; return how many are."""
    return len(await conn.fetch(_TRY_AGAIN, import_id))


async def page(
    conn: Connection, import_id: UUID, after: tuple[str, UUID] | None, limit: int | None
) -> list[ImportRoomRow]:
    """Read the next rooms of an import by name; all without a limit."""
    name, space_id = after or ("", UUID(int=0))
    return [_SHOWN_ROWS.read(row) for row in await conn.fetch(_PAGE, import_id, name, space_id, limit)]


async def read(conn: Connection, import_id: UUID, space_id: UUID) -> ImportRoomRow | None:
    """Read the part of one room in an import; None if it has none."""
    return _SHOWN_ROWS.read_one(await conn.fetchrow(_ONE, import_id, space_id))


async def over_in_ledger(conn: Connection, space_id: UUID) -> int:
    """Count the bookings of a space that are over."""
    count: int = await conn.fetchval(_OVER_IN_LEDGER, space_id)
    return count
