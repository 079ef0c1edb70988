-- Imports: both sides of many rooms are compared as a whole, when a space is mapped and on demand. A rehearsal says what
-- an import would come to, and changes nothing.
CREATE TABLE imports (
    id            uuid        PRIMARY KEY,
    is_rehearsal  boolean     NOT NULL,
    cause         text        NOT NULL CHECK (cause IN ('mapping', 'request')),
    state         text        NOT NULL CHECK (state IN ('running', 'paused', 'finished', 'failed')),
    asked_by      jsonb, -- an actor
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    running_since timestamptz DEFAULT clock_timestamp(), -- null unless it is running
    ran           interval    NOT NULL DEFAULT '0',      -- how long it ran before
    ended_at      timestamptz
);
CREATE INDEX imports_by_time ON imports (created_at, id);
COMMENT ON TABLE imports IS 'Kept for 90 days after the import ended, or for fewer by a setting; one that has not ended is kept.';

-- The part of one room in an import. Of two imports of one room, the one whose turn is first is worked on.
CREATE TABLE import_rooms (
    import_id      uuid        NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    space_id       uuid        NOT NULL,
    room_mailbox   text        NOT NULL,
    connection_id  uuid        NOT NULL,
    is_mapped      boolean     NOT NULL, -- false where a rehearsal only supposes the mapping
    turn           bigint      GENERATED ALWAYS AS IDENTITY,
    since          timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt        int         NOT NULL DEFAULT 1, -- how often its calendar was to be read from the beginning
    state          text        NOT NULL DEFAULT 'deciding' CHECK (state IN ('deciding', 'holding', 'done', 'failed')),
    decided_rank   smallint    NOT NULL DEFAULT 0, -- of the events that were read, those up to here are decided about
    decided_seq    bigint      NOT NULL DEFAULT 0,
    to_hold        bigint,     -- how many reservations the calendar does not show yet
    past           bigint      NOT NULL DEFAULT 0, -- what was over, on both sides
    detail         text,
    ended_at       timestamptz,
    PRIMARY KEY (import_id, space_id)
);
CREATE INDEX import_rooms_by_space ON import_rooms (space_id, turn);
CREATE INDEX import_rooms_by_turn ON import_rooms (space_id, turn) WHERE state IN ('deciding', 'holding');
COMMENT ON TABLE import_rooms IS 'Kept as long as its import.';

-- What became of each event and each reservation. The outcome is null while Outlook is still to show a hold.
CREATE TABLE import_items (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    import_id      uuid        NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    space_id       uuid        NOT NULL,
    side           text        NOT NULL CHECK (side IN ('outlook', 'ledger')),
    item_key       text        NOT NULL,
    ical_uid       text,
    reservation_id uuid,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    title          text        NOT NULL,
    dates          int,        -- how many dates a series has
    outcome        text        CHECK (outcome IN (
        'created_in_ledger', 'created_in_outlook', 'agreed', 'declined', 'grandfathered', 'conflict', 'failed'
    )),
    reasons        jsonb       NOT NULL DEFAULT '[]', -- explanations
    CONSTRAINT one_item_each UNIQUE (import_id, space_id, side, item_key)
);
CREATE INDEX import_items_by_outcome ON import_items (import_id, outcome, id);
CREATE INDEX import_items_awaited ON import_items (import_id, space_id) WHERE outcome IS NULL;
COMMENT ON TABLE import_items IS 'Kept as long as its import.';

-- Which calendars the reconciler reads for imports, and through which connections. Those that wait for another import of
-- their room, or are paused, are not wanted now; what is read of the others is kept until they are done.
CREATE VIEW import_rooms_v1 AS
SELECT r.import_id, r.space_id, r.attempt, r.room_mailbox, r.is_mapped, i.is_rehearsal, s.time_zone, r.turn,
       c.id AS connection_id, c.cloud, c.tenant_id, c.client_id,
       array_remove(ARRAY[c.credential, c.second_credential], NULL) AS credentials,
       i.state = 'running' AND r.state = 'deciding' AND NOT EXISTS (
           SELECT FROM import_rooms before JOIN imports ON imports.id = before.import_id
           WHERE before.space_id = r.space_id AND before.turn < r.turn AND before.state IN ('deciding', 'holding')
               AND imports.state = 'running'
       ) AS is_wanted
FROM import_rooms r JOIN imports i ON i.id = r.import_id JOIN spaces s ON s.id = r.space_id
JOIN connections c ON c.id = r.connection_id
WHERE r.state = 'deciding';

-- The spaces whose first import has not decided yet: nobody else compares their rooms as a whole before it has. A day
-- after the mapping that no longer counts, so that an import that was paused and forgotten keeps no room apart for ever.
CREATE VIEW first_imports_v1 AS
SELECT DISTINCT r.space_id
FROM import_rooms r JOIN imports i ON i.id = r.import_id
WHERE r.state IN ('deciding', 'holding') AND i.cause = 'mapping' AND NOT i.is_rehearsal
    AND (r.state = 'deciding' OR i.state = 'paused')
    AND r.since > clock_timestamp() - interval '1 day';

-- The locks of several decisions about one space, in the order that `lock_for_decision` keeps to.
CREATE FUNCTION lock_for_decisions(decided_space uuid, organizers text[], counting_kinds text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('policies', 0));
    IF EXISTS (SELECT FROM policies WHERE rule ->> 'kind' = ANY (counting_kinds)) THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('organizer:' || organizer, 0))
        FROM (SELECT DISTINCT organizer FROM unnest(organizers) AS organizer ORDER BY organizer) AS each;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(part_id::text, 0))
    FROM (SELECT part_id FROM space_parts WHERE space_id = decided_space ORDER BY part_id) AS parts;
END
$$;

-- A booking that was taken over though it breaks a rule, as its space was mapped: it is judged when it changes.
ALTER TABLE reservations ADD COLUMN grandfathered boolean NOT NULL DEFAULT false;
