-- A room mailbox is in quarantine from the second look in a row that could not reach it.
ALTER TABLE rooms
    ADD COLUMN failures int NOT NULL DEFAULT 0; -- how often in a row its mailbox could not be reached
UPDATE rooms SET failures = 2 WHERE is_quarantined;

-- A pause lasts until a room of the connection is read. `until` is when one of them is tried next.
ALTER TABLE pauses DROP COLUMN times;

-- Rooms that wait for long in quarantine or for a paused connection are tried soon after the upgrade.
UPDATE rooms SET due_at = clock_timestamp() WHERE failing_since IS NOT NULL;
UPDATE pauses SET until = clock_timestamp();

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
       r.braked_cancels
FROM rooms r LEFT JOIN pauses p ON p.connection_id = r.connection_id;
