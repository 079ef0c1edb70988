"""Writes what was decided: one statement per kind of change."""

from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection
from services.policy.core.changes import NoteMeeting, Record, Want
from services.policy.core.ledger import Reservation, Space, as_row

_NOTE = """
    INSERT INTO meetings (space_id, ical_uid, room_mailbox, event_id, last_observed_at, is_present, judged, outcome,
        shown_answer, moved_back_from, reservation_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (space_id, ical_uid) DO UPDATE SET
        room_mailbox = excluded.room_mailbox, event_id = excluded.event_id,
        last_observed_at = excluded.last_observed_at, is_present = excluded.is_present, judged = excluded.judged,
        outcome = excluded.outcome, shown_answer = excluded.shown_answer, moved_back_from = excluded.moved_back_from,
        reservation_id = excluded.reservation_id
"""

_SAVE = """
    WITH saved AS (
        INSERT INTO reservations (id, space_id, group_id, status, starts_at, ends_at, time_zone, title, is_private,
            organizer_name, organizer_address, attendee_count, origin, decision, ical_uid, kept_without_invitation,
            version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        ON CONFLICT (id) DO UPDATE SET
            status = excluded.status, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            time_zone = excluded.time_zone, title = excluded.title, is_private = excluded.is_private,
            organizer_name = excluded.organizer_name, organizer_address = excluded.organizer_address,
            attendee_count = excluded.attendee_count, decision = excluded.decision, ical_uid = excluded.ical_uid,
            kept_without_invitation = excluded.kept_without_invitation, version = excluded.version,
            updated_at = excluded.updated_at
    ), freed AS (
        DELETE FROM occupancies WHERE reservation_id = $1 AND NOT $20
    )
    INSERT INTO occupancies (reservation_id, part_id, during)
    SELECT $1, part_id, tstzrange($21, $22) FROM space_parts WHERE space_id = $2 AND $20
    ON CONFLICT (reservation_id, part_id) DO UPDATE SET during = excluded.during
"""

_WANT = """
    INSERT INTO intents AS i (space_id, key, generation, wanted, state, issued_at, deadline, reservation_id)
    SELECT $1, $2, 1, $3, 'issued', now, now + $4, $5 FROM clock_timestamp() AS now
    ON CONFLICT (space_id, key) DO UPDATE SET
        generation = i.generation + 1, wanted = excluded.wanted, state = 'issued', issued_at = excluded.issued_at,
        deadline = excluded.deadline, reservation_id = excluded.reservation_id, problem = NULL, detail = NULL
    RETURNING generation, deadline
"""

_WANT_ONCE_MAPPED = """
    UPDATE intents SET generation = generation + 1, wanted = $3, state = 'issued', reservation_id = $4,
        issued_at = clock_timestamp(), deadline = clock_timestamp(), problem = NULL, detail = NULL
    WHERE space_id = $1 AND key = $2
"""


async def note_meeting(conn: Connection, space_id: UUID, change: NoteMeeting) -> None:
    """Remember how a meeting stands."""
    known = change.meeting
    await conn.execute(
        _NOTE,
        space_id,
        change.ical_uid,
        known.room_mailbox,
        known.event_id,
        known.last_observed_at,
        known.is_present,
        as_row(known.judged) if known.judged else None,
        known.outcome,
        known.shown_answer,
        as_row(known.moved_back_from) if known.moved_back_from else None,
        known.reservation_id,
    )


async def save(conn: Connection, space: Space, reservation: Reservation) -> None:
    """Insert or overwrite a reservation; it occupies its space, buffers included, exactly while it is live.

    Raises ExclusionViolationError (`no_double_booking`) at the latest when the transaction commits.
    """
    is_live = reservation.is_live
    await conn.execute(
        _SAVE,
        reservation.id,
        reservation.space_id,
        reservation.group_id,
        reservation.status,
        reservation.starts_at,
        reservation.ends_at,
        reservation.time_zone,
        reservation.title,
        reservation.is_private,
        reservation.organizer_name,
        reservation.organizer_address,
        reservation.attendee_count,
        reservation.origin,
        {"outcome": reservation.outcome, "reasons": [as_row(reason) for reason in reservation.reasons]},
        reservation.ical_uid,
        reservation.kept_without_invitation,
        reservation.version,
        reservation.created_at,
        reservation.updated_at,
        is_live,
        reservation.starts_at - space.setup if is_live else None,
        reservation.ends_at + space.cleanup if is_live else None,
    )


async def want(conn: Connection, space_id: UUID, change: Want, patience: timedelta) -> tuple[int, datetime]:
    """Replace what is wanted under a key; return the generation, one more than the last, and the deadline."""
    row = await conn.fetchrow(_WANT, space_id, change.key, as_row(change.intent), patience, change.reservation_id)
    if row is None:
        raise LookupError(f"nothing was written for {change.key}")
    return row["generation"], row["deadline"]


async def want_once_mapped(conn: Connection, space_id: UUID, change: Want) -> None:
    """Replace what is wanted under a key of a space without a mailbox, if anything ever was; nobody carries it out yet.

    Its deadline has passed, so that the first look at a mailbox decides at once.
    """
    await conn.execute(_WANT_ONCE_MAPPED, space_id, change.key, as_row(change.intent), change.reservation_id)


async def record(conn: Connection, space_id: UUID, change: Record) -> None:
    """Add a decision to the audit."""
    await conn.execute(
        "INSERT INTO decisions (at, space_id, key, reservation_id, outcome, reasons, inputs) "
        "VALUES (clock_timestamp(), $1, $2, $3, $4, $5, $6)",
        space_id,
        change.key,
        change.reservation_id,
        change.outcome,
        [as_row(reason) for reason in change.reasons],
        as_row(change.judged),
    )
