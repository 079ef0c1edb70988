-- Messages that wait until something outside can be reached again: one member of a realm, or without a member the whole
-- realm. A message that overtakes others under its key needs nobody but itself to be tried.

CREATE TABLE waiting (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id     uuid        NOT NULL,
    type           text        NOT NULL,
    body           text        NOT NULL,
    shard          smallint    NOT NULL,
    lane           text        NOT NULL,
    is_open        boolean     NOT NULL,
    correlation_id text        NOT NULL,
    traceparent    text,
    reply_to       text,
    realm          uuid        NOT NULL,
    member         text,
    key            text,
    reason         text        NOT NULL,
    wakes          int         NOT NULL DEFAULT 0, -- how often it was woken because the target was reached, and failed again
    added_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_at       timestamptz NOT NULL DEFAULT clock_timestamp() -- when a message for the same target was last tried
);
CREATE INDEX waiting_by_target ON waiting (realm, member, lane, id);
CREATE INDEX waiting_by_key ON waiting (key) WHERE key IS NOT NULL;

ALTER TABLE outbox ADD COLUMN wakes int NOT NULL DEFAULT 0;

COMMENT ON TABLE waiting IS 'Kept until the target is reached, or the message is tried.';
