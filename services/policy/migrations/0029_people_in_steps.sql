-- Steps name who acted, and mails about questions whom they went to: neither stays longer than it is needed.
ALTER TABLE steps ADD COLUMN people_forgotten_at timestamptz;
CREATE INDEX steps_with_people ON steps (at) WHERE people_forgotten_at IS NULL;
COMMENT ON TABLE question_mails IS 'Kept for 90 days after the question was closed.';
