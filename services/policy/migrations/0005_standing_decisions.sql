-- Which generation wrote, instead of whether any ever did: only a decline of this very goal that was written explains why
-- a meeting is gone. A goal that is asked for again is wanted since the generation that first wanted it.
ALTER TABLE intents
    ADD COLUMN written_generation int,
    ADD COLUMN wanted_since       int;
UPDATE intents SET
    written_generation = CASE WHEN has_written THEN nullif(generation - CASE WHEN state = 'written' THEN 0 ELSE 1 END, 0) END,
    wanted_since       = generation;
ALTER TABLE intents
    ALTER COLUMN wanted_since SET NOT NULL,
    DROP COLUMN has_written;
