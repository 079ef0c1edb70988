-- A change of a booked series may wait for an administrator. Its dates keep their times, and the times that are asked
-- for are held beside them, by one occupancy for all of them.
ALTER TABLE approvals
    ADD COLUMN change jsonb, -- what a booked series is to become, and the times that are booked for it meanwhile
    ADD CONSTRAINT only_a_series_is_changed_as_a_whole CHECK (change IS NULL OR group_id IS NOT NULL);

ALTER TABLE occupancies DROP CONSTRAINT occupancies_purpose_check, ADD CONSTRAINT occupancies_purpose_check CHECK (
    purpose IN ('reserved', 'proposed', 'asked')
);
