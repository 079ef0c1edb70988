-- What is over is told apart from what can still matter by a column with an index, not by reading JSON.
-- What is still to be done after a mapping changed is rows, worked off in the background.
-- Every table says how long its rows stay.

-- When what is wanted is over. Where no hold is wanted any more, it is the end of the hold that was.
ALTER TABLE intents ADD COLUMN ends_at timestamptz;
UPDATE intents i SET ends_at = coalesce(
    (i.wanted #>> '{judged,end}')::timestamptz,
    (i.wanted #>> '{kept,end}')::timestamptz,
    (i.wanted #>> '{window,end}')::timestamptz,
    (SELECT r.ends_at FROM reservations r WHERE r.id = i.reservation_id),
    i.issued_at
);
ALTER TABLE intents ALTER COLUMN ends_at SET NOT NULL;
CREATE INDEX intents_by_space_and_end ON intents (space_id, ends_at);
CREATE INDEX intents_by_end ON intents (ends_at);
CREATE INDEX intents_by_reservation ON intents (reservation_id);
CREATE INDEX meetings_by_reservation ON meetings (reservation_id);
CREATE INDEX meetings_by_age ON meetings (last_observed_at);
CREATE INDEX reservations_by_space_and_start ON reservations (space_id, starts_at, id);
CREATE INDEX reservations_kept ON reservations (ends_at)
    WHERE kept_without_invitation AND status IN ('pending', 'confirmed');
CREATE INDEX decisions_by_age ON decisions (at);

-- A space that was deleted keeps its row for as long as there are reservations of it to be read.
ALTER TABLE spaces ADD COLUMN deleted_at timestamptz;
ALTER TABLE spaces ADD CONSTRAINT a_deleted_space_is_unmapped CHECK (deleted_at IS NULL OR room_mailbox IS NULL);

-- Mailboxes that were mapped and do not show yet all that was reserved before: how far each is.
CREATE TABLE fillings (
    space_id   uuid        PRIMARY KEY REFERENCES spaces ON DELETE CASCADE,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_until timestamptz NOT NULL DEFAULT '-infinity', -- start of the last reservation that was looked at
    done_id    uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
);

-- Tenants that a connection no longer leads to, while there are holds of ours to be taken out of them.
CREATE TABLE left_tenants (
    id            uuid        PRIMARY KEY,
    connection_id uuid        NOT NULL REFERENCES connections ON DELETE CASCADE,
    cloud         text        NOT NULL,
    tenant_id     text        NOT NULL,
    client_id     text        NOT NULL,
    credential    text        NOT NULL,
    left_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX left_tenants_by_connection ON left_tenants (connection_id);

-- Holds that are to be taken out of mailboxes that their spaces have left.
CREATE TABLE left_holds (
    space_id       uuid        NOT NULL REFERENCES spaces ON DELETE CASCADE,
    reservation_id uuid        NOT NULL,
    connection_id  uuid        NOT NULL, -- of a connection, or of a tenant that one was changed away from
    room_mailbox   text        NOT NULL,
    key_id         uuid        NOT NULL DEFAULT gen_random_uuid() UNIQUE, -- of the reservation key that it is dropped under
    generation     int         NOT NULL,
    event_id       text,
    ends_at        timestamptz NOT NULL,
    ask_at         timestamptz NOT NULL DEFAULT clock_timestamp(), -- when to ask outbound, or to ask it again
    asks           int         NOT NULL DEFAULT 0,
    problem        text,
    PRIMARY KEY (space_id, reservation_id, connection_id, room_mailbox)
);
CREATE INDEX left_holds_by_turn ON left_holds (ask_at);
CREATE INDEX left_holds_by_connection ON left_holds (connection_id);
CREATE INDEX left_holds_by_end ON left_holds (ends_at);

CREATE OR REPLACE VIEW connections_v1 AS
SELECT id AS connection_id, name, cloud, tenant_id, client_id, credential, edits_organizer_events, refused_edit
FROM connections
UNION ALL
SELECT l.id, c.name, l.cloud, l.tenant_id, l.client_id, l.credential, false, c.refused_edit
FROM left_tenants l JOIN connections c ON c.id = l.connection_id;

-- As before; only `statement_timestamp`, which stays the same within a statement, lets an index find what is not over.
CREATE OR REPLACE VIEW expectations_v1 AS
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       m.ical_uid, m.reservation_id, coalesce(m.event_id, i.event_id) AS event_id,
       (i.wanted -> 'judged' ->> 'start')::timestamptz AS starts_at,
       (i.wanted -> 'judged' ->> 'end')::timestamptz AS ends_at,
       'answer' AS want, i.wanted ->> 'answer' AS answer,
       i.generation, i.awaited_until, m.standing AS status
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND m.ical_uid = i.key_ical_uid
    AND m.original_date IS NOT DISTINCT FROM i.key_original_date
WHERE i.wanted ->> 'want' = 'answer' AND m.is_present AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       m.ical_uid, m.reservation_id, m.event_id,
       (i.wanted -> 'kept' ->> 'start')::timestamptz,
       (i.wanted -> 'kept' ->> 'end')::timestamptz,
       'move_back', NULL,
       i.generation, i.awaited_until, m.standing
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND m.ical_uid = i.key_ical_uid
    AND m.original_date IS NOT DISTINCT FROM i.key_original_date
WHERE i.wanted ->> 'want' = 'move_back' AND m.is_present AND i.ends_at > statement_timestamp()
UNION ALL
SELECT i.space_id, i.key_ical_uid, i.key_original_date, i.key_reservation_id,
       i.ical_uid, i.reservation_id, i.event_id,
       (i.wanted -> 'window' ->> 'start')::timestamptz,
       (i.wanted -> 'window' ->> 'end')::timestamptz,
       'hold', NULL,
       i.generation, i.awaited_until, 'confirmed'
FROM intents i
WHERE i.wanted ->> 'want' = 'hold' AND i.ends_at > statement_timestamp()
UNION ALL
SELECT m.space_id, m.ical_uid, m.original_date, NULL,
       m.ical_uid, r.id, m.event_id, r.starts_at, r.ends_at,
       'answer', 'organizer',
       0, NULL, m.standing
FROM reservations r JOIN meetings m ON m.reservation_id = r.id AND m.space_id = r.space_id
WHERE m.shown_answer = 'organizer' AND m.is_present AND r.status IN ('pending', 'confirmed')
    AND r.ends_at > statement_timestamp();

COMMENT ON TABLE connections IS 'Kept until deleted.';
COMMENT ON TABLE spaces IS 'Kept until deleted, and then for as long as there are reservations of it.';
COMMENT ON TABLE space_parts IS 'Kept as long as the space.';
COMMENT ON TABLE reservations IS 'Kept for ROOMSYNC_HISTORY_DAYS after the end; for ever if that is 0.';
COMMENT ON TABLE occupancies IS 'Kept as long as the reservation is live, and deleted with it.';
COMMENT ON TABLE decisions IS 'Kept for ROOMSYNC_HISTORY_DAYS; for ever if that is 0.';
COMMENT ON TABLE meetings IS 'Kept for 90 days after the end, and after the meeting was last looked for.';
COMMENT ON TABLE intents IS 'Kept for 90 days after the end of what is wanted, and after it was issued.';
COMMENT ON TABLE fillings IS 'Kept until the mailbox shows what was reserved, or is no longer mapped.';
COMMENT ON TABLE left_tenants IS 'Kept while holds of ours are to be taken out of the tenant.';
COMMENT ON TABLE left_holds IS 'Kept until the hold is out of the mailbox, or over.';
COMMENT ON TABLE idempotency_keys IS 'Kept for 7 days; callers are promised 24 hours.';
COMMENT ON TABLE inbox IS 'Kept for 7 days, in which no message is delivered again.';
COMMENT ON TABLE outbox IS 'Kept until the bus has confirmed the message.';
