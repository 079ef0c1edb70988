-- What blocks only what others leave of its time is looked through every second, for what its mailbox was left with.
CREATE INDEX reservations_yielding ON reservations (starts_at, id) WHERE yields AND status = 'confirmed';
