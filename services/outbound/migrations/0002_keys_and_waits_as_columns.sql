-- Keys are columns: an iCalUId, perhaps with the original date of an occurrence, or a reservation.
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

-- Until when the answer that was sent last may still appear, instead of when it was sent.
ALTER TABLE intents
    DROP CONSTRAINT tried_when,
    ADD COLUMN awaited_until timestamptz;
UPDATE intents SET awaited_until = tried_at + interval '10 seconds';
ALTER TABLE intents
    DROP COLUMN tried_at,
    ADD CONSTRAINT tried_is_awaited CHECK ((tried IS NULL) = (awaited_until IS NULL));
