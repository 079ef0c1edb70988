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

-- A refused edit stands beside the decision that it did not change, instead of in its place. Reservations that show one
-- now were confirmed before.
ALTER TABLE reservations ADD COLUMN refused_request jsonb; -- window, people, reasons, at
UPDATE reservations r SET
    refused_request = jsonb_build_object(
        'window', coalesce(
            (SELECT m.judged -> 'window' FROM meetings m WHERE m.space_id = r.space_id AND m.ical_uid = r.ical_uid
                AND m.original_date IS NOT DISTINCT FROM r.original_date),
            jsonb_build_object('start', r.starts_at, 'end', r.ends_at)
        ),
        'people', coalesce(
            (SELECT (m.judged ->> 'people')::int FROM meetings m WHERE m.space_id = r.space_id
                AND m.ical_uid = r.ical_uid AND m.original_date IS NOT DISTINCT FROM r.original_date),
            r.attendee_count
        ),
        'reasons', r.reasons,
        'at', r.updated_at
    ),
    outcome = 'accept', reasons = '[]'
WHERE r.status = 'confirmed' AND r.outcome <> 'accept';

-- A meeting that is moved on after its reservation is over gets another one; what was stays as it was.
ALTER TABLE reservations ADD COLUMN has_successor boolean NOT NULL DEFAULT false;
DROP INDEX one_live_reservation_per_meeting;
CREATE UNIQUE INDEX one_live_reservation_per_meeting ON reservations (space_id, ical_uid, original_date)
    NULLS NOT DISTINCT WHERE ical_uid IS NOT NULL AND status IN ('pending', 'confirmed') AND NOT has_successor;

-- A refused edit is answered by proposing the original time. The setting before cannot be told from one that was never
-- made, so it is made anew by whoever wants declines.
ALTER TABLE connections ALTER COLUMN refused_edit SET DEFAULT 'propose_original';
UPDATE connections SET refused_edit = 'propose_original', version = version + 1 WHERE refused_edit = 'decline';

-- A look that was asked for before a request is refused: its id, what is judged, and until when it is waited for.
ALTER TABLE meetings ADD COLUMN pending_look jsonb;
