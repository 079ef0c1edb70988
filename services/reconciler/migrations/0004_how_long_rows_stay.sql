-- Every table says how long its rows stay.
COMMENT ON TABLE rooms IS 'Kept as long as the space is mapped.';
COMMENT ON TABLE pauses IS 'Kept until the connection answers again, or for 30 days after the pause.';
COMMENT ON TABLE drifts IS 'Kept for 400 days after the drift was gone; one that is not gone as long as its space is mapped.';
COMMENT ON TABLE inbox IS 'Kept for 7 days, in which no message is delivered again.';
COMMENT ON TABLE outbox IS 'Kept until the bus has confirmed the message.';
