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
