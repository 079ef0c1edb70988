-- Where a meeting was last looked for: what another mailbox lacks says nothing about it.
ALTER TABLE meetings ADD COLUMN room_mailbox text;

-- A meeting without any length can be asked for; it is declined like anything else that cannot be booked.
ALTER TABLE reservations DROP CONSTRAINT ends_after_it_starts;
ALTER TABLE reservations ADD CONSTRAINT ends_after_it_starts
    CHECK (ends_at > starts_at OR (ends_at = starts_at AND status = 'declined'));

-- What each room calendar ought to show from now on: meetings as they were judged, holds as they were ordered, and
-- what somebody put there by hand and the ledger took over, whose own organizer the room is.
CREATE OR REPLACE VIEW expectations_v1 AS
SELECT i.space_id, i.key, m.ical_uid, m.reservation_id, coalesce(m.event_id, i.event_id) AS event_id,
       (i.wanted -> 'judged' ->> 'start')::timestamptz AS starts_at,
       (i.wanted -> 'judged' ->> 'end')::timestamptz AS ends_at,
       'answer' AS want, i.wanted ->> 'answer' AS answer,
       i.state AS intent_state, i.generation, i.deadline, m.outcome AS status
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND i.key = 'meeting:' || m.ical_uid
WHERE i.wanted ->> 'want' = 'answer' AND m.is_present AND (i.wanted -> 'judged' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT i.space_id, i.key, m.ical_uid, m.reservation_id, m.event_id,
       (i.wanted -> 'kept' ->> 'start')::timestamptz,
       (i.wanted -> 'kept' ->> 'end')::timestamptz,
       'move_back', NULL,
       i.state, i.generation, i.deadline, m.outcome
FROM intents i JOIN meetings m ON m.space_id = i.space_id AND i.key = 'meeting:' || m.ical_uid
WHERE i.wanted ->> 'want' = 'move_back' AND m.is_present AND (i.wanted -> 'kept' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT i.space_id, i.key, i.ical_uid, i.reservation_id, i.event_id,
       (i.wanted -> 'window' ->> 'start')::timestamptz,
       (i.wanted -> 'window' ->> 'end')::timestamptz,
       'hold', NULL,
       i.state, i.generation, i.deadline, 'confirmed'
FROM intents i
WHERE i.wanted ->> 'want' = 'hold' AND (i.wanted -> 'window' ->> 'end')::timestamptz > clock_timestamp()
UNION ALL
SELECT m.space_id, 'meeting:' || m.ical_uid, m.ical_uid, r.id, m.event_id, r.starts_at, r.ends_at,
       'answer', 'organizer',
       'written', 0, m.last_observed_at, m.outcome
FROM meetings m JOIN reservations r ON r.id = m.reservation_id
WHERE m.shown_answer = 'organizer' AND m.is_present AND r.status IN ('pending', 'confirmed') AND r.ends_at > clock_timestamp();
