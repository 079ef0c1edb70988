-- No two subscriptions of a space ever share a generation, also after it was unmapped and mapped again: what is still
-- said about an old one is nobody's concern.
CREATE SEQUENCE generations;

-- One row per room that is watched: its subscription, and how it is doing.

CREATE TABLE watches (
    space_id         uuid        PRIMARY KEY,
    room_mailbox     text        NOT NULL,
    connection_id    uuid        NOT NULL,
    subscription_id  text,
    generation       bigint      NOT NULL DEFAULT 0, -- of the subscription; part of its clientState
    lifetime_min     int,                            -- the longest that Graph grants, once an error named it
    state            text        NOT NULL DEFAULT 'connecting'
                                 CHECK (state IN ('connecting', 'active', 'polling', 'quarantined')),
    detail           text,
    expires_at       timestamptz,
    due_at           timestamptz NOT NULL DEFAULT clock_timestamp(), -- when to look after it next
    failures         int         NOT NULL DEFAULT 0,
    last_notified_at timestamptz,
    asked            bigint,                         -- the generation Graph was asked for and has not answered
    made_under       text,                           -- a mark of the address and the secret it was made with
    CONSTRAINT a_subscription_expires CHECK ((subscription_id IS NULL) = (expires_at IS NULL))
);
CREATE INDEX watches_by_due ON watches (due_at);

-- Subscriptions that nobody needs any more, until Graph has ended them or they expire by themselves.
CREATE TABLE endings (
    subscription_id text        PRIMARY KEY,
    connection_id   uuid        NOT NULL,
    expires_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Which meeting an event id stood for when it was last read: ids are all that a notification of a deletion has.
CREATE TABLE pointers (
    space_id uuid        NOT NULL,
    event_id text        NOT NULL,
    ical_uid text        NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (space_id, event_id)
);
CREATE INDEX pointers_by_age ON pointers (seen_at);

CREATE VIEW watches_v1 AS SELECT space_id, room_mailbox, state, detail, expires_at, last_notified_at FROM watches;
