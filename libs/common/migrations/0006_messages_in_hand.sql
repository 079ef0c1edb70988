-- How old the oldest message was that a process had in hand of a queue, when it last measured that and had one.
CREATE TABLE messages_in_hand (
    consumer    text             NOT NULL,
    lane        text             NOT NULL,
    shard       smallint         NOT NULL,
    age_s       double precision NOT NULL,
    measured_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, lane, shard)
);
COMMENT ON TABLE messages_in_hand IS 'Kept for good: one row for each queue. What it says counts for half a minute.';

CREATE VIEW messages_in_hand_v1 AS SELECT consumer, lane, shard, age_s, measured_at FROM messages_in_hand;
