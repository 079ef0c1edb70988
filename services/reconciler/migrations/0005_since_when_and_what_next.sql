-- A room also tells since when it is as it is, where that is worse than it should be, and when it is compared next.
ALTER TABLE rooms ADD COLUMN unreadable_since timestamptz;
UPDATE rooms SET unreadable_since = compared_at WHERE unreadable > 0;

CREATE OR REPLACE VIEW rooms_v1 AS
SELECT r.space_id, r.since, r.compared_at, r.agreed_at,
       CASE WHEN p.connection_id IS NOT NULL THEN 'paused' WHEN r.is_quarantined THEN 'quarantined'
            WHEN r.braked_at IS NOT NULL THEN 'braked' WHEN r.failing_since IS NOT NULL THEN 'failing'
            WHEN r.compared_at IS NULL THEN 'waiting' WHEN r.agreed_at = r.compared_at THEN 'agrees'
            WHEN EXISTS (SELECT FROM drifts d WHERE d.space_id = r.space_id AND d.healed_at IS NULL) THEN 'differs'
            ELSE 'unproved' END AS state,
       coalesce(p.problem, r.problem, r.brake_problem, CASE WHEN r.unreadable > 0 THEN
           r.unreadable || ' of the events on this calendar cannot be read; they are left alone, and the others are '
           'kept in step. Look for events with an odd time or time zone, and have their organizers save them anew.'
       END) AS detail,
       r.braked_cancels,
       CASE WHEN p.connection_id IS NOT NULL THEN p.since
            WHEN r.is_quarantined THEN r.failing_since
            ELSE coalesce(r.braked_at, r.failing_since, r.unreadable_since) END AS troubled_since,
       CASE WHEN p.connection_id IS NOT NULL THEN p.until ELSE least(r.due_at, r.asked_at) END AS next_try_at
FROM rooms r LEFT JOIN pauses p ON p.connection_id = r.connection_id;
