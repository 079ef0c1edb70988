-- The ledger: who has which space when, and why.

CREATE TABLE connections (
    id                     uuid        PRIMARY KEY,
    name                   text        NOT NULL CONSTRAINT connection_names_are_unique UNIQUE,
    cloud                  text        NOT NULL CHECK (cloud IN ('global', 'us_gov', 'us_dod', 'china', 'simulator')),
    tenant_id              text        NOT NULL,
    client_id              text        NOT NULL,
    credential             text        NOT NULL, -- the name of a secret, never the secret
    edits_organizer_events boolean     NOT NULL DEFAULT false,
    refused_edit           text        NOT NULL DEFAULT 'decline' CHECK (refused_edit IN ('decline', 'propose_original')),
    version                int         NOT NULL DEFAULT 1,
    created_at             timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE spaces (
    id              uuid        PRIMARY KEY,
    name            text        NOT NULL,
    capacity        int         NOT NULL CHECK (capacity > 0),
    time_zone       text        NOT NULL,
    building        text,
    features        text[]      NOT NULL DEFAULT '{}',
    setup_minutes   int         NOT NULL DEFAULT 0 CHECK (setup_minutes >= 0),
    cleanup_minutes int         NOT NULL DEFAULT 0 CHECK (cleanup_minutes >= 0),
    connection_id   uuid        REFERENCES connections,
    room_mailbox    text        CONSTRAINT one_space_per_mailbox UNIQUE CHECK (room_mailbox = lower(room_mailbox)),
    mapped_at       timestamptz,
    version         int         NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT a_mailbox_has_a_connection CHECK ((room_mailbox IS NULL) = (connection_id IS NULL))
);

-- What a space occupies: itself where it is undivided, else its parts.
CREATE TABLE space_parts (
    space_id uuid NOT NULL REFERENCES spaces,
    part_id  uuid NOT NULL REFERENCES spaces,
    PRIMARY KEY (space_id, part_id)
);

CREATE TABLE reservations (
    id                      uuid        PRIMARY KEY,
    space_id                uuid        NOT NULL REFERENCES spaces,
    group_id                uuid,
    status                  text        NOT NULL CHECK (status IN ('pending', 'confirmed', 'declined', 'cancelled')),
    starts_at               timestamptz NOT NULL,
    ends_at                 timestamptz NOT NULL,
    time_zone               text        NOT NULL,
    title                   text        NOT NULL,
    is_private              boolean     NOT NULL DEFAULT false,
    organizer_name          text,
    organizer_address       text,
    attendee_count          int         NOT NULL DEFAULT 0 CHECK (attendee_count >= 0),
    origin                  text        NOT NULL CHECK (origin IN ('outlook', 'api', 'command')),
    decision                jsonb       NOT NULL,
    ical_uid                text,
    kept_without_invitation boolean     NOT NULL DEFAULT false,
    version                 int         NOT NULL DEFAULT 1,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    -- A meeting without any length can be asked for; it is declined like anything else that cannot be booked.
    CONSTRAINT ends_after_it_starts CHECK (ends_at > starts_at OR (ends_at = starts_at AND status = 'declined'))
);
CREATE UNIQUE INDEX one_live_reservation_per_meeting ON reservations (space_id, ical_uid)
    WHERE status IN ('pending', 'confirmed');
CREATE INDEX reservations_by_space_and_end ON reservations (space_id, ends_at);
CREATE INDEX reservations_by_start ON reservations (starts_at, id);

-- One row per part that a pending or confirmed reservation takes, buffers included. This makes a double booking impossible.
CREATE TABLE occupancies (
    reservation_id uuid      NOT NULL REFERENCES reservations,
    part_id        uuid      NOT NULL REFERENCES spaces,
    during         tstzrange NOT NULL CHECK (NOT isempty(during)),
    PRIMARY KEY (reservation_id, part_id),
    CONSTRAINT no_double_booking EXCLUDE USING gist (part_id WITH =, during WITH &&) DEFERRABLE INITIALLY DEFERRED
);

-- What is known of each meeting that was seen on a room calendar.
CREATE TABLE meetings (
    space_id         uuid        NOT NULL REFERENCES spaces,
    ical_uid         text        NOT NULL,
    event_id         text,
    last_observed_at timestamptz NOT NULL,
    is_present       boolean     NOT NULL,
    judged           jsonb,      -- what was last decided about: start, end, organizer, people
    outcome          text        CHECK (outcome IN ('accept', 'tentative', 'decline')),
    shown_answer     text,
    moved_back_from  jsonb,      -- the refused window from which the organizer's event was moved back, once
    reservation_id   uuid        REFERENCES reservations,
    room_mailbox     text,       -- where it was last looked for: what another mailbox lacks says nothing about it
    PRIMARY KEY (space_id, ical_uid)
);

-- The newest intent per (space, key): what Outlook ought to show.
CREATE TABLE intents (
    space_id       uuid        NOT NULL REFERENCES spaces,
    key            text        NOT NULL CHECK (key ~ '^(meeting|reservation):.'),
    generation     int         NOT NULL,
    wanted         jsonb       NOT NULL,
    state          text        NOT NULL CHECK (state IN ('issued', 'written', 'given_up')),
    issued_at      timestamptz NOT NULL,
    deadline       timestamptz NOT NULL,
    settled_at     timestamptz,
    has_written    boolean     NOT NULL DEFAULT false,
    event_id       text,
    ical_uid       text,
    etag           text,
    problem        text,
    detail         text,
    reservation_id uuid        REFERENCES reservations,
    PRIMARY KEY (space_id, key)
);
CREATE INDEX intents_by_event ON intents (space_id, ical_uid) WHERE ical_uid IS NOT NULL;

-- Append-only: every decision, with what it was based on.
CREATE TABLE decisions (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    space_id       uuid        NOT NULL,
    key            text        NOT NULL,
    reservation_id uuid,
    outcome        text        NOT NULL,
    reasons        jsonb       NOT NULL,
    inputs         jsonb       NOT NULL
);
CREATE INDEX decisions_by_reservation ON decisions (reservation_id) WHERE reservation_id IS NOT NULL;

CREATE TABLE idempotency_keys (
    caller       text        NOT NULL,
    key          text        NOT NULL,
    request_hash text        NOT NULL,
    status       int         NOT NULL,
    body         jsonb       NOT NULL,
    headers      jsonb       NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);

CREATE VIEW connections_v1 AS
SELECT id AS connection_id, name, cloud, tenant_id, client_id, credential, edits_organizer_events, refused_edit
FROM connections;

CREATE VIEW mapped_spaces_v1 AS
SELECT s.id AS space_id, s.room_mailbox, s.time_zone, s.mapped_at,
       c.id AS connection_id, c.cloud, c.tenant_id, c.client_id, c.credential, c.edits_organizer_events
FROM spaces s JOIN connections c ON c.id = s.connection_id
WHERE s.room_mailbox IS NOT NULL;

-- What each room calendar ought to show from now on: meetings as they were judged, holds as they were ordered, and
-- what somebody put there by hand and the ledger took over, whose own organizer the room is.
CREATE VIEW expectations_v1 AS
SELECT i.space_id, i.key, m.ical_uid, m.reservation_id, coalesce(m.event_id, i.event_id) AS event_id,
       (i.wanted -> 'judged' ->> 'start')::timestamptz AS starts_at,
       (i.wanted -> 'judged' ->> 'end')::timestamptz AS ends_at,
       'answer' AS want, i.wanted ->> 'answer' AS answer,
       i.state AS intent_state, i.generation, i.deadline, m.outcome AS status
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND i.key = 'meeting:' || m.ical_uid
WHERE i.wanted ->> 'want' = 'answer' AND m.is_present AND (i.wanted -> 'judged' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT i.space_id, i.key, m.ical_uid, m.reservation_id, m.event_id,
       (i.wanted -> 'kept' ->> 'start')::timestamptz,
       (i.wanted -> 'kept' ->> 'end')::timestamptz,
       'move_back', NULL,
       i.state, i.generation, i.deadline, m.outcome
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND i.key = 'meeting:' || m.ical_uid
WHERE i.wanted ->> 'want' = 'move_back' AND m.is_present AND (i.wanted -> 'kept' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT i.space_id, i.key, i.ical_uid, i.reservation_id, i.event_id,
       (i.wanted -> 'window' ->> 'start')::timestamptz,
       (i.wanted -> 'window' ->> 'end')::timestamptz,
       'hold', NULL,
       i.state, i.generation, i.deadline, 'confirmed'
FROM intents i
WHERE i.wanted ->> 'want' = 'hold' AND (i.wanted -> 'window' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT m.space_id, 'meeting:' || m.ical_uid, m.ical_uid, r.id, m.event_id, r.starts_at, r.ends_at,
       'answer', 'organizer',
       'written', 0, m.last_observed_at, m.outcome
FROM meetings m JOIN reservations r ON r.id = m.reservation_id
WHERE m.shown_answer = 'organizer' AND m.is_present AND r.status IN ('pending', 'confirmed') AND r.ends_at > clock_timestamp();
