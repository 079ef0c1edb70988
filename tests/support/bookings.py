"""Bookings written straight into the ledger: everything that a decision leaves of each but the audit, all in step."""

BOOK = """
    made AS (
        INSERT INTO policy.reservations (id, space_id, status, starts_at, ends_at, time_zone, title, organizer_address,
            organizer_name, origin, outcome, reasons, policies, ical_uid, created_at, updated_at)
        SELECT id, space_id, 'confirmed', starts_at, ends_at, 'UTC', title, organizer,
            initcap(split_part(organizer, '@', 1)), CASE WHEN ical_uid IS NULL THEN 'api' ELSE 'outlook' END, 'accept',
            '[]', policies, ical_uid, booked_at, booked_at
        FROM booked
    ),
    occupied AS (
        INSERT INTO policy.occupancies (reservation_id, part_id, purpose, during)
        SELECT b.id, part_id, 'reserved', tstzmultirange(tstzrange(
            starts_at - make_interval(mins => setup_minutes), ends_at + make_interval(mins => cleanup_minutes)
        ))
        FROM booked b JOIN policy.spaces s ON s.id = b.space_id JOIN policy.space_parts p ON p.space_id = s.id
    ),
    met AS (
        INSERT INTO policy.meetings (space_id, ical_uid, event_id, last_observed_at, is_present, judged, standing,
            shown_answer, reservation_id, room_mailbox)
        SELECT b.space_id, ical_uid, 'event-' || n, booked_at, true, jsonb_build_object(
                'window', jsonb_build_object('start', starts_at, 'end', ends_at), 'organizer', organizer,
                'people', 2, 'is_series', false
            ), 'accepted', CASE WHEN n % 20 = 0 THEN 'organizer' ELSE 'accepted' END, b.id, s.room_mailbox
        FROM booked b JOIN policy.spaces s ON s.id = b.space_id WHERE ical_uid IS NOT NULL
    )
    INSERT INTO policy.intents (space_id, key_ical_uid, key_reservation_id, generation, wanted_since, wanted, state,
        issued_at, settled_at, written_generation, event_id, ical_uid, reservation_id, ends_at)
    SELECT space_id, ical_uid, CASE WHEN ical_uid IS NULL THEN id END, 1, 1,
        CASE WHEN ical_uid IS NULL THEN jsonb_build_object('want', 'hold', 'reservation_id', id, 'time_zone', 'UTC',
            'subject', title, 'window', jsonb_build_object('start', starts_at, 'end', ends_at))
        ELSE jsonb_build_object('want', 'answer', 'ical_uid', ical_uid, 'answer', 'accepted',
            'notice', jsonb_build_object('kind', 'booked'),
            'judged', jsonb_build_object('start', starts_at, 'end', ends_at)) END,
        'written', booked_at, booked_at, 1, 'event-' || n,
        CASE WHEN ical_uid IS NULL THEN 'hold-' || id END, id, ends_at
    FROM booked
"""
"""The end of a statement that begins with the rows `booked`:
(n, id, space_id, starts_at, ends_at, booked_at, title, organizer, policies, ical_uid).

`n` counts the bookings of a space. Those with an iCalUId are meetings that Outlook shows, the others are held there.
"""
