"""Writes what was decided: one statement for all changes of a decision, so that each costs one round trip."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from libs.common.db import Connection
from libs.contracts.keys import Key
from services.policy.core.changes import Decision, NoteMeeting, Record, Save, Want
from services.policy.core.ledger import Reservation, Space, as_row
from services.policy.store import keys

_WRITE = f"""
    WITH reserved AS (
        SELECT * FROM jsonb_populate_recordset(NULL::reservations, $2)
    ), saved AS (
        INSERT INTO reservations (id, space_id, group_id, status, starts_at, ends_at, time_zone, title, is_private,
            organizer_name, organizer_address, attendee_count, origin, decision, ical_uid, original_date,
            kept_without_invitation, version, created_at, updated_at)
        SELECT id, space_id, group_id, status, starts_at, ends_at, time_zone, title, is_private,
            organizer_name, organizer_address, attendee_count, origin, decision, ical_uid, original_date,
            kept_without_invitation, version, created_at, updated_at
        FROM reserved
        ON CONFLICT (id) DO UPDATE SET
            status = excluded.status, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            time_zone = excluded.time_zone, title = excluded.title, is_private = excluded.is_private,
            organizer_name = excluded.organizer_name, organizer_address = excluded.organizer_address,
            attendee_count = excluded.attendee_count, decision = excluded.decision, ical_uid = excluded.ical_uid,
            original_date = excluded.original_date, kept_without_invitation = excluded.kept_without_invitation,
            version = excluded.version, updated_at = excluded.updated_at
    ), freed AS (
        DELETE FROM occupancies o USING reserved r
        WHERE o.reservation_id = r.id AND r.status NOT IN ('pending', 'confirmed')
    ), occupied AS (
        INSERT INTO occupancies (reservation_id, part_id, purpose, during)
        SELECT r.id, p.part_id, 'reserved', tstzrange(r.starts_at - $3::interval, r.ends_at + $4::interval)
        FROM reserved r JOIN space_parts p USING (space_id)
        WHERE r.status IN ('pending', 'confirmed')
        ON CONFLICT (reservation_id, part_id, purpose) DO UPDATE SET during = excluded.during
    ), noted AS (
        INSERT INTO meetings (space_id, ical_uid, original_date, room_mailbox, event_id, last_observed_at, is_present,
            judged, standing, shown_answer, moved_back_from, reservation_id)
        SELECT $1, ical_uid, original_date, room_mailbox, event_id, last_observed_at, is_present,
            judged, standing, shown_answer, moved_back_from, reservation_id
        FROM jsonb_populate_recordset(NULL::meetings, $5)
        ON CONFLICT (space_id, ical_uid, original_date) DO UPDATE SET
            room_mailbox = excluded.room_mailbox, event_id = excluded.event_id,
            last_observed_at = excluded.last_observed_at, is_present = excluded.is_present, judged = excluded.judged,
            standing = excluded.standing, shown_answer = excluded.shown_answer,
            moved_back_from = excluded.moved_back_from, reservation_id = excluded.reservation_id
    ), recorded AS (
        INSERT INTO decisions (at, space_id, key_ical_uid, key_original_date, key_reservation_id, reservation_id,
            outcome, reasons, inputs)
        SELECT clock_timestamp(), $1, key_ical_uid, key_original_date, key_reservation_id, reservation_id,
            outcome, reasons, inputs
        FROM jsonb_populate_recordset(NULL::decisions, $6)
    )
    INSERT INTO intents AS i (space_id, key_ical_uid, key_original_date, key_reservation_id, generation, wanted, state,
        issued_at, awaited_until, reservation_id)
    SELECT $1, w.key_ical_uid, w.key_original_date, w.key_reservation_id, 1, w.wanted, 'issued',
        now, now + $8::interval, w.reservation_id
    FROM jsonb_populate_recordset(NULL::intents, $7) w, clock_timestamp() AS now
    WHERE $9 OR EXISTS (
        SELECT FROM intents known WHERE known.space_id = $1 AND (
            known.key_ical_uid = w.key_ical_uid AND known.key_original_date IS NOT DISTINCT FROM w.key_original_date
            OR known.key_ical_uid IS NULL AND known.key_reservation_id = w.key_reservation_id
        )
    )
    ON CONFLICT (space_id, key_ical_uid, key_original_date, key_reservation_id) DO UPDATE SET
        generation = i.generation + 1, wanted = excluded.wanted, state = 'issued', issued_at = excluded.issued_at,
        awaited_until = excluded.awaited_until, reservation_id = excluded.reservation_id, problem = NULL, detail = NULL
    RETURNING {keys.COLUMNS}, generation, awaited_until
"""


@dataclass(frozen=True, slots=True)
class Issued:
    """What is new of an intent: its generation, and until when it is awaited."""

    generation: int
    awaited_until: datetime | None


async def write(conn: Connection, space: Space, decision: Decision, patience: timedelta) -> dict[Key, Issued]:
    """Write every change of a decision; return what is new of each intent by its key.

    A reservation occupies its space, buffers included, exactly while it is live. An intent replaces the one before it
    under its key and is one generation further. In a space without a mailbox only what was wanted once is replaced, and
    it is not awaited, so that the first look at a mailbox decides at once.

    Raises ExclusionViolationError (`no_double_booking`) at the latest when the transaction commits.
    """
    rows: dict[type, list[dict[str, Any]]] = {Save: [], NoteMeeting: [], Record: [], Want: []}
    for change in decision.changes:
        rows[type(change)].append(_row(change))
    is_mapped = space.room_mailbox is not None
    issued = await conn.fetch(
        _WRITE,
        space.id,
        rows[Save],
        space.setup,
        space.cleanup,
        rows[NoteMeeting],
        rows[Record],
        rows[Want],
        patience if is_mapped else None,
        is_mapped,
    )
    return {keys.key_of(row): Issued(row["generation"], row["awaited_until"]) for row in issued}


def _row(change: Save | NoteMeeting | Record | Want) -> dict[str, Any]:
    match change:
        case Save(reservation=reservation):
            return _reservation(reservation)
        case NoteMeeting(meeting=known):
            judged = as_row(known.judged) if known.judged else None
            moved_back_from = as_row(known.moved_back_from) if known.moved_back_from else None
            different = {"judged": judged, "moved_back_from": moved_back_from}
            plain = {name: getattr(known, name) for name in known.__slots__}
            key = {"ical_uid": change.key.ical_uid, "original_date": change.key.original_date}
            return plain | different | key
        case Record():
            return {
                **keys.as_columns(change.key),
                "reservation_id": change.reservation_id,
                "outcome": change.outcome,
                "reasons": [as_row(reason) for reason in change.reasons],
                "inputs": as_row(change.judged),
            }
        case Want():
            wanted = as_row(change.goal)
            return {**keys.as_columns(change.key), "wanted": wanted, "reservation_id": change.reservation_id}
        case _:
            assert_never(change)


def _reservation(reservation: Reservation) -> dict[str, Any]:
    decision = {"outcome": reservation.outcome, "reasons": [as_row(reason) for reason in reservation.reasons]}
    plain = {name: getattr(reservation, name) for name in reservation.__slots__ if name not in decision}
    return plain | {"decision": decision}
