-- One row per room that is watched: its subscription, and how it is doing.

CREATE TABLE watches (
    space_id         uuid        PRIMARY KEY,
    room_mailbox     text        NOT NULL,
    connection_id    uuid        NOT NULL,
    cloud            text        NOT NULL,
    tenant_id        text        NOT NULL,
    client_id        text        NOT NULL,
    credential       text        NOT NULL,
    subscription_id  text,
    generation       int         NOT NULL DEFAULT 0, -- of the subscription; part of its clientState
    state            text        NOT NULL DEFAULT 'connecting'
                                 CHECK (state IN ('connecting', 'active', 'polling', 'quarantined')),
    detail           text,
    expires_at       timestamptz,
    due_at           timestamptz NOT NULL DEFAULT clock_timestamp(), -- when to look after it next
    failures         int         NOT NULL DEFAULT 0,
    last_notified_at timestamptz
);
CREATE INDEX watches_by_due ON watches (due_at);

-- Which meeting an event id stood for when it was last read: ids are all that a notification of a deletion has.
CREATE TABLE pointers (
    space_id uuid        NOT NULL,
    event_id text        NOT NULL,
    ical_uid text        NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (space_id, event_id)
);
CREATE INDEX pointers_by_age ON pointers (seen_at);

CREATE VIEW watches_v1 AS SELECT space_id, state, detail, expires_at, last_notified_at FROM watches;
