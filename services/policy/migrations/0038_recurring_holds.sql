-- A recurring hold is one row for the group, with what is wanted, and one for each of its dates that are booked.

CREATE OR REPLACE VIEW expectations_v1 AS
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       m.ical_uid, m.reservation_id, coalesce(m.event_id, i.event_id) AS event_id,
       (i.wanted -> 'judged' ->> 'start')::timestamptz AS starts_at,
       (i.wanted -> 'judged' ->> 'end')::timestamptz AS ends_at,
       'answer' AS want, i.wanted ->> 'answer' AS answer,
       i.generation, i.awaited_until, m.standing AS status,
       r.title, coalesce(r.is_private, false) AS is_private, i.state = 'given_up' AS is_given_up, false AS yields,
       (
           SELECT g.materialised_until FROM reservation_groups g
           WHERE i.key_original_date IS NULL AND g.space_id = i.space_id AND g.ical_uid = i.key_ical_uid
               AND g.status = 'confirmed'
       ) AS booked_until,
       NULL::jsonb AS held, NULL::uuid AS group_id, NULL::date AS original_date
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
       r.title, coalesce(r.is_private, false), i.state = 'given_up', false, NULL::timestamptz,
       NULL::jsonb, NULL::uuid, NULL::date
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND m.ical_uid = i.key_ical_uid
    AND m.original_date IS NOT DISTINCT FROM i.key_original_date
LEFT JOIN reservations r ON r.id = m.reservation_id AND r.status IN ('pending', 'confirmed')
WHERE i.wanted ->> 'want' = 'move_back' AND m.is_present AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       i.ical_uid, coalesce(i.reservation_id, i.key_reservation_id), i.event_id,
       (i.wanted -> 'window' ->> 'start')::timestamptz,
       CASE WHEN recurs.at_all THEN i.ends_at ELSE (i.wanted -> 'window' ->> 'end')::timestamptz END,
       'hold', NULL,
       i.generation, i.awaited_until, 'confirmed',
       i.wanted ->> 'subject', false, i.state = 'given_up', false, NULL::timestamptz,
       CASE WHEN recurs.at_all THEN i.wanted END, CASE WHEN recurs.at_all THEN i.key_reservation_id END, NULL::date
FROM intents i
CROSS JOIN LATERAL (SELECT jsonb_typeof(i.wanted -> 'series') IS NOT DISTINCT FROM 'object' AS at_all) recurs
WHERE i.wanted ->> 'want' = 'hold' AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       i.ical_uid, coalesce(i.reservation_id, i.key_reservation_id), i.event_id, coalesce(r.starts_at, i.ends_at), i.ends_at,
       'no_hold', NULL,
       i.generation, i.awaited_until, 'cancelled',
       NULL, false, true, false, NULL::timestamptz,
       NULL::jsonb, NULL::uuid, NULL::date
FROM intents i LEFT JOIN reservations r ON r.id = i.reservation_id
WHERE i.wanted ->> 'want' = 'no_hold' AND i.state = 'given_up' AND i.ends_at > statement_timestamp()
UNION ALL
SELECT m.space_id, m.ical_uid, m.original_date, NULL,
       m.ical_uid, r.id, m.event_id, r.starts_at, r.ends_at,
       'answer', 'organizer',
       0, NULL, m.standing,
       r.title, r.is_private, false, r.yields, NULL::timestamptz,
       NULL::jsonb, NULL::uuid, NULL::date
FROM reservations r JOIN meetings m ON m.reservation_id = r.id AND m.space_id = r.space_id
WHERE (m.shown_answer = 'organizer' OR r.yields) AND m.is_present AND r.status IN ('pending', 'confirmed')
    AND r.ends_at > statement_timestamp()
UNION ALL
SELECT r.space_id, r.ical_uid, r.original_date, NULL,
       r.ical_uid, r.id, NULL, r.starts_at, r.ends_at,
       'answer', CASE m.standing WHEN 'accepted' THEN 'accepted' ELSE 'tentativelyAccepted' END,
       i.generation, i.awaited_until, m.standing,
       r.title, r.is_private, i.state = 'given_up', false, NULL,
       NULL::jsonb, NULL::uuid, NULL::date
FROM reservation_groups g
JOIN meetings m ON m.space_id = g.space_id AND m.ical_uid = g.ical_uid AND m.original_date IS NULL
JOIN intents i ON i.space_id = g.space_id AND i.key_ical_uid = g.ical_uid AND i.key_original_date IS NULL
JOIN reservations r ON r.group_id = g.id
WHERE g.status = 'confirmed' AND m.is_present AND m.standing IN ('accepted', 'awaits_approval')
    AND r.status IN ('pending', 'confirmed') AND NOT r.kept_without_invitation
    AND r.ends_at > statement_timestamp() AND NOT EXISTS (
        SELECT FROM intents own
        WHERE own.space_id = g.space_id AND own.key_ical_uid = g.ical_uid AND own.key_original_date = r.original_date
            AND own.wanted ->> 'want' IN ('answer', 'move_back')
    )
UNION ALL
SELECT g.space_id, g.ical_uid, NULL, NULL,
       g.ical_uid, NULL, m.event_id, g.starts_at, ends.at,
       'answer', 'organizer',
       0, NULL, m.standing,
       NULL, false, false, false, g.materialised_until,
       NULL::jsonb, NULL::uuid, NULL::date
FROM reservation_groups g
JOIN meetings m ON m.space_id = g.space_id AND m.ical_uid = g.ical_uid AND m.original_date IS NULL
CROSS JOIN LATERAL (
    SELECT max(r.ends_at) AS at FROM reservations r
    WHERE r.group_id = g.id AND r.status IN ('pending', 'confirmed') AND r.ends_at > statement_timestamp()
) ends
WHERE g.status = 'confirmed' AND m.is_present AND m.shown_answer = 'organizer' AND ends.at IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM intents i
        WHERE i.space_id = g.space_id AND i.key_ical_uid = g.ical_uid AND i.key_original_date IS NULL
    )
UNION ALL
SELECT r.space_id, NULL, NULL, r.id,
       NULL, r.id, NULL, r.starts_at, r.ends_at,
       'hold', NULL,
       i.generation, i.awaited_until, 'confirmed',
       r.title, r.is_private, i.state = 'given_up', false, NULL::timestamptz,
       NULL::jsonb, r.group_id, r.original_date
FROM intents i JOIN reservations r ON r.group_id = i.key_reservation_id AND r.space_id = i.space_id
WHERE i.wanted ->> 'want' = 'hold' AND jsonb_typeof(i.wanted -> 'series') = 'object'
    AND i.ends_at > statement_timestamp() AND r.status IN ('pending', 'confirmed') AND NOT r.competes
    AND r.ends_at > statement_timestamp();
