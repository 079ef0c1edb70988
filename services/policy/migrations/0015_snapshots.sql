-- What a decision looked at beside the facts in `inputs`, so that it can be judged again. What was decided before has
-- none, and neither has an entry that followed from no request: the end of a meeting, or of its space.
ALTER TABLE decisions ADD COLUMN snapshot jsonb;
