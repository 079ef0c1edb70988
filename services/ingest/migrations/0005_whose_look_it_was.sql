-- A look that is repeated goes on under the correlation id of the notification that first asked for it.
ALTER TABLE misses ADD COLUMN correlation_id text;
