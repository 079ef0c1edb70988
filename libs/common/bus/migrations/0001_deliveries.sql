-- What the in-memory bus has confirmed and nobody has finished yet. One row per message and queue.

CREATE TABLE deliveries (
    queue      text        NOT NULL,
    message_id uuid        NOT NULL,
    seq        bigint      GENERATED ALWAYS AS IDENTITY,
    envelope   jsonb       NOT NULL,
    body       bytea       NOT NULL, -- as it came, which need not be text
    attempt    int         NOT NULL DEFAULT 0,
    reason     text,
    parked_at  timestamptz,
    PRIMARY KEY (queue, message_id)
);
