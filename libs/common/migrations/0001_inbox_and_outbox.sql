-- What was handled, so that a repeated delivery does nothing; and what is owed to the bus.

CREATE TABLE inbox (
    consumer   text        NOT NULL,
    message_id uuid        NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, message_id)
);
CREATE INDEX inbox_by_age ON inbox (handled_at);

CREATE TABLE outbox (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id     uuid        NOT NULL,
    type           text        NOT NULL,
    body           text        NOT NULL,
    shard          smallint    NOT NULL,
    lane           text        NOT NULL,
    is_open        boolean     NOT NULL,
    correlation_id text        NOT NULL,
    traceparent    text,
    added_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
