"""A past for a room: as many bookings that are over as wanted, written straight into the ledger."""

from datetime import datetime
from uuid import UUID

from libs.common.db import Connection

_WRITE = """
    WITH numbered AS (
        SELECT n, gen_random_uuid() AS id, $3::timestamptz - n * interval '2 hours' AS starts_at
        FROM generate_series(1, $2::int) AS n
    ),
    past AS (
        SELECT n, id, starts_at, starts_at + interval '1 hour' AS ends_at,
            CASE WHEN n % 2 = 0 THEN 'past-' || $1::uuid || '-' || $4::text || n END AS ical_uid
        FROM numbered
    ),
    made AS (
        INSERT INTO policy.reservations (id, space_id, status, starts_at, ends_at, time_zone, title, organizer_address,
            organizer_name, origin, outcome, reasons, ical_uid, created_at, updated_at)
        SELECT id, $1, 'confirmed', starts_at, ends_at, 'UTC', 'Past ' || n, 'ada@example.org', 'Ada',
            CASE WHEN ical_uid IS NULL THEN 'api' ELSE 'outlook' END, 'accept', '[]', ical_uid, starts_at, starts_at
        FROM past
    ),
    occupied AS (
        INSERT INTO policy.occupancies (reservation_id, part_id, purpose, during)
        SELECT past.id, part_id, 'reserved', tstzmultirange(tstzrange(starts_at, ends_at))
        FROM past, policy.space_parts WHERE space_id = $1
    ),
    met AS (
        INSERT INTO policy.meetings (space_id, ical_uid, event_id, last_observed_at, is_present, judged, standing,
            shown_answer, reservation_id, room_mailbox)
        SELECT $1, ical_uid, 'event-' || n, starts_at, true, jsonb_build_object(
                'window', jsonb_build_object('start', starts_at, 'end', ends_at), 'organizer', 'ada@example.org',
                'people', 2, 'is_series', false
            ), 'accepted', CASE WHEN n % 20 = 0 THEN 'organizer' ELSE 'accepted' END, past.id, s.room_mailbox
        FROM past, policy.spaces s WHERE ical_uid IS NOT NULL AND s.id = $1
    )
    INSERT INTO policy.intents (space_id, key_ical_uid, key_reservation_id, generation, wanted_since, wanted, state,
        issued_at, settled_at, written_generation, event_id, ical_uid, reservation_id, ends_at)
    SELECT $1, ical_uid, CASE WHEN ical_uid IS NULL THEN id END, 1, 1,
        CASE WHEN ical_uid IS NULL THEN jsonb_build_object('want', 'hold', 'reservation_id', id, 'time_zone', 'UTC',
            'subject', 'Past ' || n, 'window', jsonb_build_object('start', starts_at, 'end', ends_at))
        ELSE jsonb_build_object('want', 'answer', 'ical_uid', ical_uid, 'answer', 'accepted',
            'notice', jsonb_build_object('kind', 'booked'),
            'judged', jsonb_build_object('start', starts_at, 'end', ends_at)) END,
        'written', starts_at, starts_at, 1, 'event-' || n,
        CASE WHEN ical_uid IS NULL THEN 'hold-' || id END, id, ends_at
    FROM past
"""

_ANALYZE = "ANALYZE policy.reservations, policy.occupancies, policy.meetings, policy.intents"


async def write_past(
    conn: Connection, space_id: UUID, bookings: int, until: datetime, label: str = "", *, analyze: bool = True
) -> None:
    """Write so many bookings of a space that were over at `until`, half from Outlook and half held, all in step.

    Every second has an iCalUId of the space's id, the label and the number of the booking. Then the database
    counts what its tables have, unless told not to `analyze` them.
    """
    await conn.execute(_WRITE, space_id, bookings, until, label)
    if analyze:
        await conn.execute(_ANALYZE)
