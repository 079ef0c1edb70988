-- Series: a group for each, whose occurrences are reservations, each known by the date that the pattern gives it.
CREATE TABLE reservation_groups (
    id                 uuid        PRIMARY KEY,
    space_id           uuid        NOT NULL REFERENCES spaces,
    ical_uid           text,
    origin             text        NOT NULL CHECK (origin IN ('outlook', 'api', 'command')),
    status             text        NOT NULL CHECK (status IN ('confirmed', 'cancelled')),
    recurrence         jsonb       NOT NULL, -- pattern and range as Graph has them
    time_zone          text        NOT NULL, -- of the series' dates
    starts_at          timestamptz NOT NULL, -- of the first occurrence that the pattern has
    ends_at            timestamptz NOT NULL,
    materialised_until timestamptz,          -- until when its occurrences are booked; NULL once all are
    version            int         NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    rolled_at          timestamptz NOT NULL DEFAULT clock_timestamp() -- when it was last asked what has come into view
);
COMMENT ON TABLE reservation_groups IS 'Kept as long as a reservation is of it.';
CREATE UNIQUE INDEX one_live_group_per_series ON reservation_groups (space_id, ical_uid)
    WHERE ical_uid IS NOT NULL AND status = 'confirmed';
CREATE INDEX reservation_groups_by_age ON reservation_groups (created_at, id);
CREATE INDEX reservation_groups_by_space ON reservation_groups (space_id, created_at, id);
CREATE INDEX reservation_groups_to_roll_forward ON reservation_groups (rolled_at)
    WHERE status = 'confirmed' AND materialised_until IS NOT NULL;

UPDATE reservations SET group_id = NULL WHERE group_id IS NOT NULL;
ALTER TABLE reservations
    ADD FOREIGN KEY (group_id) REFERENCES reservation_groups,
    ADD CONSTRAINT an_occurrence_is_of_a_group CHECK (original_date IS NULL OR group_id IS NOT NULL);
CREATE INDEX reservations_by_group ON reservations (group_id, original_date) WHERE group_id IS NOT NULL;

-- As before; the dates of a series that is booked, which show the answer to it; and until when a series is booked.
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
       ) AS booked_until
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
       r.title, coalesce(r.is_private, false), i.state = 'given_up', false, NULL::timestamptz
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
       i.wanted ->> 'subject', false, i.state = 'given_up', false, NULL::timestamptz
FROM intents i
WHERE i.wanted ->> 'want' = 'hold' AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       i.ical_uid, i.reservation_id, i.event_id, coalesce(r.starts_at, i.ends_at), i.ends_at,
       'no_hold', NULL,
       i.generation, i.awaited_until, 'cancelled',
       NULL, false, true, false, NULL::timestamptz
FROM intents i LEFT JOIN reservations r ON r.id = i.reservation_id
WHERE i.wanted ->> 'want' = 'no_hold' AND i.state = 'given_up' AND i.ends_at > statement_timestamp()
UNION ALL
SELECT m.space_id, m.ical_uid, m.original_date, NULL,
       m.ical_uid, r.id, m.event_id, r.starts_at, r.ends_at,
       'answer', 'organizer',
       0, NULL, m.standing,
       r.title, r.is_private, false, r.yields, NULL::timestamptz
FROM reservations r JOIN meetings m ON m.reservation_id = r.id AND m.space_id = r.space_id
WHERE (m.shown_answer = 'organizer' OR r.yields) AND m.is_present AND r.status IN ('pending', 'confirmed')
    AND r.ends_at > statement_timestamp()
UNION ALL
SELECT r.space_id, r.ical_uid, r.original_date, NULL,
       r.ical_uid, r.id, NULL, r.starts_at, r.ends_at,
       'answer', 'accepted',
       i.generation, i.awaited_until, m.standing,
       r.title, r.is_private, i.state = 'given_up', false, NULL
FROM reservation_groups g
JOIN meetings m ON m.space_id = g.space_id AND m.ical_uid = g.ical_uid AND m.original_date IS NULL
JOIN intents i ON i.space_id = g.space_id AND i.key_ical_uid = g.ical_uid AND i.key_original_date IS NULL
JOIN reservations r ON r.group_id = g.id
WHERE g.status = 'confirmed' AND m.is_present AND m.standing = 'accepted' AND r.status IN ('pending', 'confirmed')
    AND NOT r.kept_without_invitation AND r.ends_at > statement_timestamp() AND NOT EXISTS (
        SELECT FROM intents own
        WHERE own.space_id = g.space_id AND own.key_ical_uid = g.ical_uid AND own.key_original_date = r.original_date
            AND own.wanted ->> 'want' IN ('answer', 'move_back')
    );
