-- An event on a room's calendar that is partly in the way of other reservations blocks what they leave of its time:
-- several stretches, or none of a part. Its reservation yields to the others.

ALTER TABLE reservations ADD COLUMN yields boolean NOT NULL DEFAULT false; -- blocks only what no other one takes

ALTER TABLE occupancies
    DROP CONSTRAINT no_double_booking,
    DROP CONSTRAINT occupancies_during_check,
    ALTER COLUMN during TYPE tstzmultirange USING tstzmultirange(during),
    ADD CONSTRAINT no_double_booking
        EXCLUDE USING gist (part_id WITH =, during WITH &&, reservation_id WITH <>) DEFERRABLE INITIALLY DEFERRED;

-- As before, and whether the reservation yields: then its event is expected to be there, and a drift all the same.
CREATE OR REPLACE VIEW expectations_v1 AS
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       m.ical_uid, m.reservation_id, coalesce(m.event_id, i.event_id) AS event_id,
       (i.wanted -> 'judged' ->> 'start')::timestamptz AS starts_at,
       (i.wanted -> 'judged' ->> 'end')::timestamptz AS ends_at,
       'answer' AS want, i.wanted ->> 'answer' AS answer,
       i.generation, i.awaited_until, m.standing AS status,
       r.title, coalesce(r.is_private, false) AS is_private, i.state = 'given_up' AS is_given_up, false AS yields
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND m.ical_uid = i.key_ical_uid
    AND m.original_date IS NOT DISTINCT FROM i.key_original_date
LEFT JOIN reservations r ON r.id = m.reservation_id AND r.status IN ('pending', 'confirmed')
WHERE i.wanted ->> 'want' = 'answer' AND m.is_present AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       m.ical_uid, m.reservation_id, m.event_id,
       (i.wanted -> 'kept' ->> 'start')::timestamptz,
       (i.wanted -> 'kept' ->> 'end')::timestamptz,
       'move_back', NULL,
       i.generation, i.awaited_until, m.standing,
       r.title, coalesce(r.is_private, false), i.state = 'given_up', false
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND m.ical_uid = i.key_ical_uid
    AND m.original_date IS NOT DISTINCT FROM i.key_original_date
LEFT JOIN reservations r ON r.id = m.reservation_id AND r.status IN ('pending', 'confirmed')
WHERE i.wanted ->> 'want' = 'move_back' AND m.is_present AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       i.ical_uid, i.reservation_id, i.event_id,
       (i.wanted -> 'window' ->> 'start')::timestamptz,
       (i.wanted -> 'window' ->> 'end')::timestamptz,
       'hold', NULL,
       i.generation, i.awaited_until, 'confirmed',
       i.wanted ->> 'subject', false, i.state = 'given_up', false
FROM intents i
WHERE i.wanted ->> 'want' = 'hold' AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       i.ical_uid, i.reservation_id, i.event_id, coalesce(r.starts_at, i.ends_at), i.ends_at,
       'no_hold', NULL,
       i.generation, i.awaited_until, 'cancelled',
       NULL, false, true, false
FROM intents i LEFT JOIN reservations r ON r.id = i.reservation_id
WHERE i.wanted ->> 'want' = 'no_hold' AND i.state = 'given_up' AND i.ends_at > statement_timestamp()
UNION ALL
SELECT m.space_id, m.ical_uid, m.original_date, NULL,
       m.ical_uid, r.id, m.event_id, r.starts_at, r.ends_at,
       'answer', 'organizer',
       0, NULL, m.standing,
       r.title, r.is_private, false, r.yields
FROM reservations r JOIN meetings m ON m.reservation_id = r.id AND m.space_id = r.space_id
WHERE (m.shown_answer = 'organizer' OR r.yields) AND m.is_present AND r.status IN ('pending', 'confirmed')
    AND r.ends_at > statement_timestamp();
