-- Each mapped room: when it was compared, when it agreed, and what keeps it from being compared or put right.
CREATE TABLE rooms (
    space_id        uuid        PRIMARY KEY,
    room_mailbox    text        NOT NULL,
    connection_id   uuid        NOT NULL,
    since           timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    asked_at        timestamptz, -- somebody asked for a sweep ahead of its turn
    asked_because   text,
    holder          uuid,        -- the process that is comparing it
    held_since      timestamptz,
    held_until      timestamptz,
    compared_at     timestamptz, -- the reading began of the last comparison that was complete
    agreed_at       timestamptz, -- the same of the last one that proved agreement: no drift, nothing under way or unread
    unreadable      int         NOT NULL DEFAULT 0, -- events on the calendar that make no sense to us
    is_quarantined  boolean     NOT NULL DEFAULT false,
    failing_since   timestamptz,
    problem         text,        -- a full sentence, for an administrator
    braked_at       timestamptz,
    braked_cancels  int,         -- how many reservations the last pass would have cancelled
    brake_problem   text,
    brake_confirmed int,         -- so many cancellations were confirmed by an administrator
    confirmed_by    text
);
CREATE INDEX rooms_by_turn ON rooms (due_at);
CREATE INDEX rooms_by_connection ON rooms (connection_id) WHERE failing_since IS NOT NULL;

-- Connections that are left alone for a while, because most of their rooms failed or their credential is refused.
CREATE TABLE pauses (
    connection_id uuid        PRIMARY KEY,
    since         timestamptz NOT NULL DEFAULT clock_timestamp(),
    until         timestamptz NOT NULL,
    times         int         NOT NULL DEFAULT 1,
    problem       text        NOT NULL
);

-- Each drift from the day it was found to the day it was gone.
CREATE TABLE drifts (
    id              bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space_id        uuid             NOT NULL,
    kind            text             NOT NULL,
    key             text             NOT NULL,
    seen_as         text             NOT NULL, -- how the event stood; another text is other news about the same drift
    cause           text,
    found_at        timestamptz      NOT NULL,
    last_seen_at    timestamptz      NOT NULL,
    asks            int              NOT NULL DEFAULT 0, -- how often policy was asked to put it right
    ask_again_at    timestamptz,
    healed_at       timestamptz,
    seconds_to_heal double precision GENERATED ALWAYS AS (extract(epoch FROM healed_at - found_at)) STORED
);
CREATE UNIQUE INDEX one_open_drift_per_key ON drifts (space_id, kind, key) WHERE healed_at IS NULL;
CREATE INDEX drifts_by_time ON drifts (space_id, found_at);
CREATE INDEX drifts_by_healing ON drifts (healed_at) WHERE healed_at IS NOT NULL;

CREATE VIEW rooms_v1 AS
SELECT r.space_id, r.since, r.compared_at, r.agreed_at,
       CASE WHEN p.connection_id IS NOT NULL THEN 'paused' WHEN r.is_quarantined THEN 'quarantined'
            WHEN r.braked_at IS NOT NULL THEN 'braked' WHEN r.failing_since IS NOT NULL THEN 'failing'
            WHEN r.compared_at IS NULL THEN 'waiting' WHEN r.agreed_at = r.compared_at THEN 'agrees'
            WHEN EXISTS (SELECT FROM drifts d WHERE d.space_id = r.space_id AND d.healed_at IS NULL) THEN 'differs'
            ELSE 'unproved' END AS state,
       coalesce(p.problem, r.problem, r.brake_problem, CASE WHEN r.unreadable > 0 THEN
           r.unreadable || ' of the events on this calendar cannot be read; they are left alone, and the others are '
           'kept in step. Look for events with an odd time or time zone, and have their organizers save them anew.'
       END) AS detail,
       r.braked_cancels
FROM rooms r LEFT JOIN pauses p ON p.connection_id = r.connection_id AND p.until > clock_timestamp();

CREATE VIEW drifts_v1 AS
SELECT id AS drift_id, space_id, kind, key, cause, found_at, last_seen_at, asks, healed_at, seconds_to_heal FROM drifts;
