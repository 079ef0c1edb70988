-- The relay publishes what people wait for first, so it reads each lane by itself.
CREATE INDEX outbox_by_lane ON outbox (lane, id);
