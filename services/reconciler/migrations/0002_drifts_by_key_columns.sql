-- Keys are columns: an iCalUId, perhaps with the original date of an occurrence, or a reservation.
DROP VIEW drifts_v1;

ALTER TABLE drifts
    ADD COLUMN key_ical_uid       text,
    ADD COLUMN key_original_date  date,
    ADD COLUMN key_reservation_id uuid;
UPDATE drifts SET
    key_ical_uid       = CASE WHEN starts_with(key, 'meeting:') THEN substr(key, length('meeting:') + 1) END,
    key_reservation_id = CASE WHEN starts_with(key, 'reservation:') THEN substr(key, length('reservation:') + 1)::uuid END;
DROP INDEX one_open_drift_per_key;
ALTER TABLE drifts
    DROP COLUMN key,
    ADD CONSTRAINT a_key_is_of_one_thing CHECK (
        num_nonnulls(key_ical_uid, key_reservation_id) = 1 AND (key_original_date IS NULL OR key_ical_uid IS NOT NULL)
    );
CREATE UNIQUE INDEX one_open_drift_per_key
    ON drifts (space_id, kind, key_ical_uid, key_original_date, key_reservation_id)
    NULLS NOT DISTINCT WHERE healed_at IS NULL;

CREATE VIEW drifts_v1 AS
SELECT id AS drift_id, space_id, kind, key_ical_uid, key_original_date, key_reservation_id, cause, found_at, last_seen_at,
       asks, healed_at, seconds_to_heal
FROM drifts;
