-- Looks that found nothing and are to be repeated: the id that was looked at, the meeting it stood for if anybody ever
-- read it, and since when it is missed. A row goes when the meeting is found or its absence is concluded, and after
-- seven days in any case.
CREATE TABLE misses (
    space_id        uuid        NOT NULL,
    event_id        text        NOT NULL,
    ical_uid        text,                            -- NULL: nobody has read this id yet
    change          text        NOT NULL CHECK (change IN ('created', 'updated', 'deleted')),
    received_at     timestamptz NOT NULL,            -- of the notification that asked for the first look
    first_missed_at timestamptz NOT NULL,
    looks           int         NOT NULL DEFAULT 1,
    look_again_at   timestamptz,                     -- NULL: the notification is on the bus again
    PRIMARY KEY (space_id, event_id)
);
CREATE INDEX misses_by_meeting ON misses (space_id, ical_uid);
CREATE INDEX misses_by_due ON misses (look_again_at) WHERE look_again_at IS NOT NULL;
CREATE INDEX misses_by_age ON misses (first_missed_at);

-- What the mailbox of a watch is. Nothing is read from or written to a room before its mailbox is admitted. Rooms that
-- were watched before stay admitted, and their mailboxes are looked at in their next turn, which is now.
ALTER TABLE watches
    DROP CONSTRAINT watches_state_check,
    ADD CONSTRAINT watches_state_check
        CHECK (state IN ('connecting', 'active', 'polling', 'quarantined', 'refused')),
    ADD COLUMN state_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN object_id   text,                           -- of the mailbox; stays when its address changes
    ADD COLUMN purpose     text,                           -- what Exchange says it is for; NULL: it could not be learned
    ADD COLUMN checked_at  timestamptz,                    -- when the purpose was learned; NULL: it is to be asked for
    ADD COLUMN is_admitted boolean     NOT NULL DEFAULT false;
UPDATE watches SET is_admitted = true, due_at = clock_timestamp();

CREATE OR REPLACE VIEW watches_v1 AS
SELECT space_id, room_mailbox, state, detail, expires_at, last_notified_at,
       is_admitted, object_id, purpose, state_since, due_at AS next_try_at
FROM watches;

-- A sweep that stands for notifications which were not read one by one. It is asked for after the last of them was
-- acknowledged, so that it sees what they were about.
ALTER TABLE watches
    ADD COLUMN is_sweep_owed  boolean NOT NULL DEFAULT false,
    ADD COLUMN sweep_asked_at timestamptz;
CREATE INDEX watches_by_owed_sweep ON watches (space_id) WHERE is_sweep_owed;

-- Notifications that named a subscription of ours and did not prove that they are genuine, counted from the first in an
-- hour without any.
ALTER TABLE watches
    ADD COLUMN forged       int NOT NULL DEFAULT 0,
    ADD COLUMN forged_since timestamptz,
    ADD COLUMN forged_at    timestamptz;

CREATE OR REPLACE VIEW watches_v1 AS
SELECT space_id, room_mailbox, state, detail, expires_at, last_notified_at,
       is_admitted, object_id, purpose, state_since, due_at AS next_try_at,
       CASE WHEN forged_at > clock_timestamp() - interval '1 hour' THEN forged ELSE 0 END AS forged_lately, forged_since
FROM watches;

-- A subscription may end without a word. One is doubted when a sweep found what a notification should have told of.
ALTER TABLE watches
    ADD COLUMN is_doubted boolean NOT NULL DEFAULT false,
    ADD COLUMN doubted_at timestamptz;
