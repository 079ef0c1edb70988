-- What a sweep found and proved is known by the correlation id of its log line and of its corrections: of a drift that of
-- the sweep that last asked policy about it, or that found it if none has; of a room that of the last sweep that agreed.
ALTER TABLE drifts ADD COLUMN correlation_id text;
ALTER TABLE rooms ADD COLUMN agreed_correlation_id text;

CREATE OR REPLACE VIEW drifts_v1 AS
SELECT id AS drift_id, space_id, kind, key_ical_uid, key_original_date, key_reservation_id, cause, found_at, last_seen_at,
       asks, healed_at, seconds_to_heal, correlation_id
FROM drifts;

CREATE VIEW agreements_v1 AS
SELECT space_id, room_mailbox, agreed_at, agreed_correlation_id AS correlation_id FROM rooms WHERE agreed_at IS NOT NULL;
