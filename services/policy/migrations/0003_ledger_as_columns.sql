-- Keys are columns instead of text that is built and split: an iCalUId, perhaps with the original date of an occurrence,
-- or a reservation. A reservation may occupy its space twice, at the time it has and at the time proposed for it.
-- What was decided about a reservation is two columns, so that its value and its row have the same fields.
-- Until when an intent is in flight is a column, whatever it waits for: its being carried out, or its taking effect.

DROP VIEW expectations_v1;

ALTER TABLE intents
    ADD COLUMN key_ical_uid       text,
    ADD COLUMN key_original_date  date,
    ADD COLUMN key_reservation_id uuid;
UPDATE intents SET
    key_ical_uid       = CASE WHEN starts_with(key, 'meeting:') THEN substr(key, length('meeting:') + 1) END,
    key_reservation_id = CASE WHEN starts_with(key, 'reservation:') THEN substr(key, length('reservation:') + 1)::uuid END;
ALTER TABLE intents
    DROP CONSTRAINT intents_pkey,
    DROP COLUMN key,
    ADD CONSTRAINT one_intent_per_key
        UNIQUE NULLS NOT DISTINCT (space_id, key_ical_uid, key_original_date, key_reservation_id),
    ADD CONSTRAINT a_key_is_of_one_thing CHECK (
        num_nonnulls(key_ical_uid, key_reservation_id) = 1 AND (key_original_date IS NULL OR key_ical_uid IS NOT NULL)
    );

ALTER TABLE intents ADD COLUMN awaited_until timestamptz; -- until then it may still appear by itself; NULL: it will not
UPDATE intents SET awaited_until = CASE
    WHEN state = 'issued' THEN deadline
    WHEN state = 'written' AND wanted ->> 'want' IN ('answer', 'move_back') THEN settled_at + interval '10 seconds'
END;
ALTER TABLE intents DROP COLUMN deadline;

ALTER TABLE decisions
    ADD COLUMN key_ical_uid       text,
    ADD COLUMN key_original_date  date,
    ADD COLUMN key_reservation_id uuid;
UPDATE decisions SET
    key_ical_uid       = CASE WHEN starts_with(key, 'meeting:') THEN substr(key, length('meeting:') + 1) END,
    key_reservation_id = CASE WHEN starts_with(key, 'reservation:') THEN substr(key, length('reservation:') + 1)::uuid END;
ALTER TABLE decisions
    DROP COLUMN key,
    ADD CONSTRAINT a_key_is_of_one_thing CHECK (
        num_nonnulls(key_ical_uid, key_reservation_id) = 1 AND (key_original_date IS NULL OR key_ical_uid IS NOT NULL)
    );

ALTER TABLE meetings
    DROP CONSTRAINT meetings_pkey,
    ADD COLUMN original_date date, -- of an occurrence, in its series' zone
    ADD CONSTRAINT one_row_per_meeting UNIQUE NULLS NOT DISTINCT (space_id, ical_uid, original_date);

ALTER TABLE reservations
    ADD COLUMN original_date date,
    ADD COLUMN outcome       text CHECK (outcome IN ('accept', 'tentative', 'decline')),
    ADD COLUMN reasons       jsonb;
UPDATE reservations SET outcome = decision ->> 'outcome', reasons = coalesce(decision -> 'reasons', '[]');
ALTER TABLE reservations
    ALTER COLUMN outcome SET NOT NULL,
    ALTER COLUMN reasons SET NOT NULL,
    DROP COLUMN decision;
DROP INDEX one_live_reservation_per_meeting;
CREATE UNIQUE INDEX one_live_reservation_per_meeting ON reservations (space_id, ical_uid, original_date)
    NULLS NOT DISTINCT WHERE ical_uid IS NOT NULL AND status IN ('pending', 'confirmed');

-- Two windows of one reservation may overlap: they are never both used.
ALTER TABLE occupancies
    ADD COLUMN purpose text NOT NULL DEFAULT 'reserved' CHECK (purpose IN ('reserved', 'proposed')),
    DROP CONSTRAINT occupancies_pkey,
    ADD PRIMARY KEY (reservation_id, part_id, purpose),
    DROP CONSTRAINT no_double_booking,
    ADD CONSTRAINT no_double_booking
        EXCLUDE USING gist (part_id WITH =, during WITH &&, reservation_id WITH <>) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE occupancies ALTER COLUMN purpose DROP DEFAULT;

-- What each room calendar ought to show from now on: meetings as they were judged, holds as they were ordered, and
-- what somebody put there by hand and the ledger took over, whose own organizer the room is.
CREATE VIEW expectations_v1 AS
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       m.ical_uid, m.reservation_id, coalesce(m.event_id, i.event_id) AS event_id,
       (i.wanted -> 'judged' ->> 'start')::timestamptz AS starts_at,
       (i.wanted -> 'judged' ->> 'end')::timestamptz AS ends_at,
       'answer' AS want, i.wanted ->> 'answer' AS answer,
       i.generation, i.awaited_until, m.standing AS status
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND m.ical_uid = i.key_ical_uid
    AND m.original_date IS NOT DISTINCT FROM i.key_original_date
WHERE i.wanted ->> 'want' = 'answer' AND m.is_present AND (i.wanted -> 'judged' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       m.ical_uid, m.reservation_id, m.event_id,
       (i.wanted -> 'kept' ->> 'start')::timestamptz,
       (i.wanted -> 'kept' ->> 'end')::timestamptz,
       'move_back', NULL,
       i.generation, i.awaited_until, m.standing
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND m.ical_uid = i.key_ical_uid
    AND m.original_date IS NOT DISTINCT FROM i.key_original_date
WHERE i.wanted ->> 'want' = 'move_back' AND m.is_present AND (i.wanted -> 'kept' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       i.ical_uid, i.reservation_id, i.event_id,
       (i.wanted -> 'window' ->> 'start')::timestamptz,
       (i.wanted -> 'window' ->> 'end')::timestamptz,
       'hold', NULL,
       i.generation, i.awaited_until, 'confirmed'
FROM intents i
WHERE i.wanted ->> 'want' = 'hold' AND (i.wanted -> 'window' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT m.space_id, m.ical_uid, m.original_date, NULL,
       m.ical_uid, r.id, m.event_id, r.starts_at, r.ends_at,
       'answer', 'organizer',
       0, NULL, m.standing
FROM meetings m JOIN reservations r ON r.id = m.reservation_id
WHERE m.shown_answer = 'organizer' AND m.is_present AND r.status IN ('pending', 'confirmed') AND r.ends_at > clock_timestamp();
