"""Conflicts: what both sides have at one time. They follow from the ledger; what a person decided is remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, columns, listed
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Actor, Window
from services.policy.core.availability import Stretch
from services.policy.core.explanations import Keep


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """An event in Outlook, and a reservation that has some of its time.

    A reservation of a space that shares parts with the event's is in its way too. An event that `is_room_owned` has no
    organizer who could be told anything, or cannot be read.
    """

    id: UUID
    space_id: UUID
    ical_uid: str
    original_date: date | None
    reservation_id: UUID
    outlook_start: datetime
    outlook_end: datetime
    outlook_title: str
    is_room_owned: bool
    organizer: str | None
    reserved_space_id: UUID
    reserved_by: str | None
    ledger_start: datetime
    ledger_end: datetime
    ledger_title: str
    since: datetime

    @property
    def key(self) -> MeetingKey:
        """Return the key of the event, or of the date of its series."""
        return MeetingKey(self.space_id, self.ical_uid, self.original_date)

    @property
    def outlook(self) -> Window:
        """Return the time of the event."""
        return Window(start=self.outlook_start, end=self.outlook_end)

    @property
    def ledger(self) -> Window:
        """Return the time of the reservation."""
        return Window(start=self.ledger_start, end=self.ledger_end)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person decided about a conflict."""

    keep: Keep
    by: Actor
    at: datetime
    comment: str | None


_ROWS = Rows(OpenConflict)
_RESOLUTIONS = Rows(Resolution)

_COLUMNS = listed(columns(OpenConflict))

_PAGE = f"""
    SELECT {_COLUMNS} FROM conflicts_v1
    WHERE ($1::uuid IS NULL OR space_id = $1) AND ($2::timestamptz IS NULL OR (since, id) > ($2, $3))
        AND ($5::text IS NULL OR space_id IN (SELECT id FROM spaces WHERE strpos(lower(name), lower($5)) > 0))
    ORDER BY since, id LIMIT $4
"""

_ONE = f"SELECT {_COLUMNS} FROM conflicts_v1 WHERE id = $1"

_OF_EVENT = f"""
    SELECT {_COLUMNS} FROM conflicts_v1
    WHERE space_id = $1 AND ical_uid = $2 AND original_date IS NOT DISTINCT FROM $3
"""

_RESOLVED = "SELECT keep, by, at, comment FROM conflict_resolutions WHERE id = $1"

# A conflict between the same two may come back, and is resolved anew then.
_RESOLVE = """
    INSERT INTO conflict_resolutions (id, space_id, keep, by, comment)
    SELECT conflict_id, $2, $3, $4, $5 FROM unnest($1::uuid[]) AS conflict_id
    ON CONFLICT (id) DO UPDATE SET
        keep = excluded.keep, by = excluded.by, at = excluded.at, comment = excluded.comment
"""

_CONTESTED_AT = """
    SELECT DISTINCT m.space_id
    FROM space_parts own JOIN space_parts shared USING (part_id) JOIN meetings m ON m.space_id = shared.space_id
    JOIN spaces s ON s.id = m.space_id
    WHERE own.space_id = $1 AND m.contested IS NOT NULL AND m.is_present AND m.standing IS NULL
        AND s.deleted_at IS NULL AND m.room_mailbox = s.room_mailbox
        AND EXISTS (
            SELECT FROM unnest($2::timestamptz[], $3::timestamptz[]) AS freed (starts_at, ends_at)
            WHERE starts_at < (m.judged #>> '{window,end}')::timestamptz + make_interval(mins => s.cleanup_minutes)
                AND ends_at > (m.judged #>> '{window,start}')::timestamptz - make_interval(mins => s.setup_minutes)
        )
    ORDER BY m.space_id
"""

_IS_SHOWN_BY_ROOM = """
    SELECT EXISTS (
        SELECT FROM reservations r JOIN meetings m ON m.space_id = r.space_id AND m.ical_uid = r.ical_uid
            AND (m.original_date IS NULL OR m.original_date = r.original_date)
        WHERE r.id = $1 AND r.origin = 'outlook' AND m.is_present AND m.shown_answer = 'organizer'
    )
"""


async def page(
    conn: Connection,
    space_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    space_name: str | None = None,
) -> list[OpenConflict]:
    """Read the next conflicts in the order of (since, id), after the given one; `space_name` is a part of a name."""
    rows = await conn.fetch(_PAGE, space_id, *(after or (None, None)), limit, space_name)
    return [_ROWS.read(row) for row in rows]


async def read(conn: Connection, conflict_id: UUID) -> OpenConflict | None:
    """Read one conflict; None if there is none of this id, or none any more."""
    return _ROWS.read_one(await conn.fetchrow(_ONE, conflict_id))


async def of_event(conn: Connection, key: MeetingKey) -> list[OpenConflict]:
    """Read the conflicts of an event."""
    return [_ROWS.read(row) for row in await conn.fetch(_OF_EVENT, key.space_id, key.ical_uid, key.original_date)]


async def resolved(conn: Connection, conflict_id: UUID) -> Resolution | None:
    """Read what was decided about a conflict; None if nobody decided."""
    return _RESOLUTIONS.read_one(await conn.fetchrow(_RESOLVED, conflict_id))


async def resolve(
    conn: Connection, space_id: UUID, ids: Sequence[UUID], keep: Keep, by: Actor, comment: str | None
) -> None:
    """Remember what was decided about conflicts of a space."""
    await conn.execute(_RESOLVE, ids, space_id, keep, by.model_dump(mode="json"), comment)


async def contested_at(conn: Connection, space_id: UUID, stretches: Sequence[Stretch]) -> list[UUID]:
    """Return the spaces that share parts with a space and have contested events at these times, buffers included."""
    starts, ends = [each[0] for each in stretches], [each[1] for each in stretches]
    return [row["space_id"] for row in await conn.fetch(_CONTESTED_AT, space_id, starts, ends)]


async def is_of_rooms_own(conn: Connection, reservation_id: UUID) -> bool:
    """Whether a reservation is of an event on the room's own calendar, to which nobody invited the room."""
    found: bool = await conn.fetchval(_IS_SHOWN_BY_ROOM, reservation_id)
    return found
