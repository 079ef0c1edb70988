-- Requests whose organizer's own meetings in the way are given time to leave; the loop of settling looks for them often.
CREATE INDEX meetings_that_settle ON meetings (space_id) WHERE pending_look ->> 'settles_at' IS NOT NULL;
