-- Who made, changed and cancelled each reservation, and whose request each decision answered. Of what happened before,
-- nobody wrote that down: it is unknown.

ALTER TABLE decisions
    ADD COLUMN actor_kind    text NOT NULL DEFAULT 'unknown' CHECK (actor_kind IN (
        'administrator', 'approver', 'service', 'organizer', 'room_calendar', 'system', 'unknown'
    )),
    ADD COLUMN actor_subject text,
    ADD COLUMN actor_name    text;

ALTER TABLE reservations
    ADD COLUMN made_by      jsonb NOT NULL DEFAULT '{"kind": "unknown"}',
    ADD COLUMN changed_by   jsonb NOT NULL DEFAULT '{"kind": "unknown"}', -- by whom it was last saved
    ADD COLUMN cancelled_by jsonb;
UPDATE reservations SET cancelled_by = '{"kind": "unknown"}' WHERE status = 'cancelled';

-- What reservations and spaces are looked for by, through the API.
CREATE INDEX reservations_by_organizer ON reservations (organizer_address, starts_at, id);
CREATE INDEX reservations_by_origin ON reservations (origin, starts_at, id);
CREATE INDEX reservations_by_update ON reservations (updated_at);
CREATE INDEX reservations_by_title ON reservations USING gin (title public.gin_trgm_ops);
CREATE INDEX spaces_by_building ON spaces (lower(building));
