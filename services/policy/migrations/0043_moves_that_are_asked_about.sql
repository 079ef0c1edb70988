-- The back office may want a meeting in Outlook elsewhere, and an administrator be asked whether it may.
ALTER TABLE approvals ADD COLUMN moves text CHECK (moves IN ('this', 'following', 'all'));
COMMENT ON COLUMN approvals.moves IS 'Which dates of a meeting in Outlook are moved once this is approved.';
