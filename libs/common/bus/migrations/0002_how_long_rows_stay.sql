-- Every table says how long its rows stay.
COMMENT ON TABLE deliveries IS 'Kept until the message is handled; a parked one until a person releases or discards it.';
COMMENT ON TABLE inbox IS 'Kept empty: this schema only carries messages.';
COMMENT ON TABLE outbox IS 'Kept empty: this schema only carries messages.';
