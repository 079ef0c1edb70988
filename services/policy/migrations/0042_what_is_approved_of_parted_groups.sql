-- A group that is parted keeps in each part what administrators allowed of the whole.
ALTER TABLE reservation_groups ADD COLUMN approved jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN reservation_groups.approved IS
    'What was allowed of the group that it was parted from, as far as it asks for no more than that; as in approvals.asked.';
