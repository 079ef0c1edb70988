-- Every table says how long its rows stay.
CREATE INDEX pointers_by_meeting ON pointers (space_id, ical_uid);
CREATE INDEX endings_by_expiry ON endings (expires_at);

COMMENT ON TABLE watches IS 'Kept as long as the space is mapped to the mailbox.';
COMMENT ON TABLE endings IS 'Kept until Graph has ended the subscription, or it has expired.';
COMMENT ON TABLE pointers IS 'Kept for 400 days after the event was last read.';
COMMENT ON TABLE misses IS 'Kept until the meeting is found or its absence concluded, and 7 days at most.';
COMMENT ON TABLE inbox IS 'Kept for 7 days, in which no message is delivered again.';
COMMENT ON TABLE outbox IS 'Kept until the bus has confirmed the message.';
