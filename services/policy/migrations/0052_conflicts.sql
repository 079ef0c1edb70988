-- An event that takes its time in Outlook while others have some of it in the ledger is contested: a conflict with each
-- of them, until a person decides, or one of them leaves.
ALTER TABLE meetings ADD COLUMN contested jsonb; -- what is shown of the event, and since when it is so
CREATE INDEX meetings_contested ON meetings (space_id) WHERE contested IS NOT NULL;

-- A conflict follows from what is known; its id is the same as long as it is between the same two.
CREATE VIEW conflicts_v1 AS
SELECT md5(concat_ws('/', m.space_id, m.ical_uid, m.original_date, r.id))::uuid AS id,
       m.space_id, m.ical_uid, m.original_date, r.id AS reservation_id,
       (m.judged #>> '{window,start}')::timestamptz AS outlook_start,
       (m.judged #>> '{window,end}')::timestamptz AS outlook_end,
       m.contested ->> 'title' AS outlook_title,
       m.shown_answer = 'organizer' AS is_room_owned,
       m.judged ->> 'organizer' AS organizer,
       r.space_id AS reserved_space_id, r.organizer_address AS reserved_by,
       r.starts_at AS ledger_start, r.ends_at AS ledger_end, r.title AS ledger_title,
       greatest((m.contested ->> 'since')::timestamptz, r.created_at) AS since
FROM meetings m JOIN spaces s ON s.id = m.space_id
CROSS JOIN LATERAL (
    SELECT DISTINCT o.reservation_id FROM space_parts p JOIN occupancies o USING (part_id)
    WHERE p.space_id = m.space_id AND o.during && tstzrange(
        (m.judged #>> '{window,start}')::timestamptz - make_interval(mins => s.setup_minutes),
        (m.judged #>> '{window,end}')::timestamptz + make_interval(mins => s.cleanup_minutes)
    )
) taken
JOIN reservations r ON r.id = taken.reservation_id
WHERE m.contested IS NOT NULL AND m.is_present AND m.standing IS NULL
    AND (m.judged #>> '{window,end}')::timestamptz > statement_timestamp() AND r.ends_at > statement_timestamp()
    AND s.deleted_at IS NULL AND m.room_mailbox = s.room_mailbox
    AND (r.space_id, r.ical_uid, r.original_date) IS DISTINCT FROM (m.space_id, m.ical_uid, m.original_date);

-- What a person decided about a conflict, so that whoever decides second learns who was first.
CREATE TABLE conflict_resolutions (
    id       uuid        PRIMARY KEY,
    space_id uuid        NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    keep     text        NOT NULL CHECK (keep IN ('ledger', 'outlook')),
    by       jsonb       NOT NULL, -- an actor
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    comment  text
);
CREATE INDEX conflict_resolutions_by_age ON conflict_resolutions (at);
COMMENT ON TABLE conflict_resolutions IS 'Kept for 90 days after the resolution.';
