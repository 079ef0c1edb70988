-- When what led to a message came in: a notification, a call, or what a sweep found.
ALTER TABLE outbox ADD COLUMN began_at timestamptz;
ALTER TABLE waiting ADD COLUMN began_at timestamptz;
