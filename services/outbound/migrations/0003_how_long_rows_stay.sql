-- Every table says how long its rows stay, and what is old is found by an index.
CREATE INDEX intents_by_age ON intents (noted_at);

COMMENT ON TABLE intents IS 'Kept for 30 days after the last generation was noted and after it was settled.';
COMMENT ON TABLE inbox IS 'Kept for 7 days, in which no message is delivered again.';
COMMENT ON TABLE outbox IS 'Kept until the bus has confirmed the message.';
