"""Reads the slice of the ledger that one decision needs, under locks that keep it true until the transaction ends."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from libs.common.db import Connection
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Window
from services.policy.core.availability import Taken
from services.policy.core.ledger import KnownIntent, KnownMeeting, Reservation, Slice, Space
from services.policy.core.limits import LONGEST_BUFFER, LOOKED_AHEAD
from services.policy.store.keys import key_of_json

_RESERVATION = """
    jsonb_build_object(
        'id', r.id, 'space_id', r.space_id, 'group_id', r.group_id, 'status', r.status, 'starts_at', r.starts_at,
        'ends_at', r.ends_at, 'time_zone', r.time_zone, 'title', r.title, 'is_private', r.is_private,
        'organizer_name', r.organizer_name, 'organizer_address', r.organizer_address,
        'attendee_count', r.attendee_count, 'origin', r.origin, 'outcome', r.decision -> 'outcome',
        'reasons', r.decision -> 'reasons', 'ical_uid', r.ical_uid, 'original_date', r.original_date,
        'kept_without_invitation', r.kept_without_invitation, 'version', r.version,
        'created_at', r.created_at, 'updated_at', r.updated_at
    )
"""

_SPACE = """
    SELECT jsonb_build_object(
        'id', s.id, 'name', s.name, 'capacity', s.capacity, 'time_zone', s.time_zone,
        'setup', s.setup_minutes * 60, 'cleanup', s.cleanup_minutes * 60, 'room_mailbox', s.room_mailbox,
        'connection_id', s.connection_id, 'edits_organizer_events', coalesce(c.edits_organizer_events, false),
        'refused_edit', coalesce(c.refused_edit, 'decline')
    )
    FROM spaces s LEFT JOIN connections c ON c.id = s.connection_id WHERE s.id = $1
"""

_TAKEN = """
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object(
        'reservation_id', r.id, 'starts_at', lower(o.during), 'ends_at', upper(o.during), 'title', r.title,
        'is_private', r.is_private, 'organizer_name', r.organizer_name,
        'reserved_from', r.starts_at, 'reserved_until', r.ends_at
    )), '[]')
    FROM occupancies o JOIN space_parts p ON p.part_id = o.part_id JOIN reservations r ON r.id = o.reservation_id
    WHERE p.space_id = $1 AND o.during && tstzrange($2, $3)
"""

_OF_MEETING = f"""
    WITH known AS (
        SELECT * FROM meetings WHERE space_id = $1 AND ical_uid = $4 AND original_date IS NOT DISTINCT FROM $5
    ),
    booked AS (
        SELECT * FROM reservations
        WHERE id = coalesce(
            (
                SELECT id FROM reservations
                WHERE space_id = $1 AND ical_uid = $4 AND original_date IS NOT DISTINCT FROM $5
                    AND status IN ('pending', 'confirmed')
            ),
            (SELECT reservation_id FROM known)
        )
    )
    SELECT ({_SPACE}) AS space,
        (SELECT to_jsonb(known) FROM known) AS meeting,
        (SELECT {_RESERVATION} FROM booked r) AS reservation,
        (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid = $4 AND i.key_original_date IS NOT DISTINCT FROM $5
        ) AS intent,
        (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid IS NULL AND (
                i.ical_uid = $4 OR i.key_reservation_id = coalesce($6::uuid, (SELECT id FROM booked))
            )
            ORDER BY i.ical_uid = $4 DESC NULLS LAST LIMIT 1
        ) AS hold,
        ({_TAKEN}) AS taken, clock_timestamp() AS now
"""

_OF_RESERVATION = f"""
    SELECT ({_SPACE}) AS space,
        (
            SELECT to_jsonb(m) FROM meetings m
            JOIN reservations r ON m.space_id = r.space_id AND m.ical_uid = r.ical_uid
                AND m.original_date IS NOT DISTINCT FROM r.original_date
            WHERE r.id = $4
        ) AS meeting,
        (SELECT {_RESERVATION} FROM reservations r WHERE r.id = $4) AS reservation,
        (
            SELECT to_jsonb(i) FROM intents i JOIN reservations r ON r.id = $4
            WHERE i.space_id = $1 AND i.key_ical_uid = r.ical_uid
                AND i.key_original_date IS NOT DISTINCT FROM r.original_date
        ) AS intent,
        (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid IS NULL AND i.key_reservation_id = $4
        ) AS hold,
        ({_TAKEN}) AS taken, clock_timestamp() AS now
"""

_SPACES = TypeAdapter(Space)
_RESERVATIONS = TypeAdapter(Reservation)
_MEETINGS = TypeAdapter(KnownMeeting)
_INTENTS = TypeAdapter(KnownIntent)
_TAKENS = TypeAdapter(list[Taken])


class MissingSpace(LookupError):
    """There is no space of that id."""


async def lock_space(conn: Connection, space_id: UUID) -> None:
    """Keep every other decision about any part of this space waiting until this transaction ends.

    Parts are locked in their order, so that two decisions about overlapping spaces cannot wait for each other.
    """
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(part_id::text, 0)) "
        "FROM (SELECT part_id FROM space_parts WHERE space_id = $1 ORDER BY part_id) AS parts",
        space_id,
    )


async def of_meeting(conn: Connection, key: MeetingKey, window: Window | None, hold_of: UUID | None) -> Slice:
    """Read what a decision about a meeting needs; `hold_of` names the reservation a room-owned event belongs to.

    Raises `MissingSpace`.
    """
    row = await conn.fetchrow(_OF_MEETING, key.space_id, *_looked_at(window), key.ical_uid, key.original_date, hold_of)
    return _slice(row, key.space_id)


async def of_reservation(conn: Connection, space_id: UUID, reservation_id: UUID, window: Window | None) -> Slice:
    """Read what a decision about a reservation needs, whether or not there is one of that id yet.

    Raises `MissingSpace`.
    """
    row = await conn.fetchrow(_OF_RESERVATION, space_id, *_looked_at(window), reservation_id)
    return _slice(row, space_id)


def _looked_at(window: Window | None) -> tuple[datetime | None, datetime | None]:
    if window is None:
        return None, None
    length = window.end - window.start
    return _moved(window.start, -LONGEST_BUFFER), _moved(window.end, length + LOOKED_AHEAD + LONGEST_BUFFER)


def _moved(instant: datetime, by: timedelta) -> datetime:
    """Add to an instant; at the end of the calendar there is nothing more to look at."""
    try:
        return instant + by
    except OverflowError:
        return instant


def _slice(row: Any, space_id: UUID) -> Slice:  # noqa: ANN401 - asyncpg's records are untyped
    if row["space"] is None:
        raise MissingSpace(f"no space has the id {space_id}")
    return Slice(
        now=row["now"],
        space=_SPACES.validate_python(row["space"]),
        meeting=_MEETINGS.validate_python(row["meeting"]) if row["meeting"] else None,
        reservation=_RESERVATIONS.validate_python(row["reservation"]) if row["reservation"] else None,
        intent=_intent(row["intent"]),
        hold=_intent(row["hold"]),
        taken=_TAKENS.validate_python(row["taken"]),
    )


def _intent(row: dict[str, Any] | None) -> KnownIntent | None:
    if row is None:
        return None
    return _INTENTS.validate_python({**row, "key": key_of_json(row)})
