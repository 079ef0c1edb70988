-- What a look that policy asked for found missing, and since when. The look is delivered again, perhaps to another
-- process, and only what it misses twice is absent.
CREATE TABLE look_misses (
    look_id         uuid        NOT NULL,
    ical_uid        text        NOT NULL,
    first_missed_at timestamptz NOT NULL,
    PRIMARY KEY (look_id, ical_uid)
);
CREATE INDEX look_misses_by_age ON look_misses (first_missed_at);

COMMENT ON TABLE look_misses IS 'Kept for an hour; nobody waits for a look for longer than a minute.';
