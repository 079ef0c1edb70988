-- When listing the rooms was last tried to its end, whether or not they could be listed.
ALTER TABLE discoveries ADD COLUMN tried_at timestamptz;
UPDATE discoveries SET tried_at = listed_at;

CREATE OR REPLACE VIEW discoveries_v1 AS
SELECT connection_id, listed_at, problem, problem_since, tried_at FROM discoveries;
