-- What happened to a meeting or hold beside what was decided about it: what was observed, asked, answered and settled.
-- With the decisions it makes the timeline of a reservation. Each row has the correlation id of what it was part of;
-- facts are told apart by `kind`. An observation that changed nothing is not kept, but for the last one that agreed.
CREATE TABLE steps (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at                timestamptz NOT NULL,
    kind              text        NOT NULL CHECK (kind IN ('observed', 'agreed', 'asked', 'answered', 'settled')),
    space_id          uuid        NOT NULL,
    key_ical_uid      text,
    key_original_date date,
    key_reservation_id uuid,
    reservation_id    uuid,                       -- NULL: it is about a series as a whole
    correlation_id    text,                       -- NULL: it was before these were kept
    actor             jsonb       NOT NULL,
    facts             jsonb       NOT NULL,
    CONSTRAINT a_key_is_of_one_thing CHECK (
        num_nonnulls(key_ical_uid, key_reservation_id) = 1 AND (key_original_date IS NULL OR key_ical_uid IS NOT NULL)
    )
);
CREATE INDEX steps_by_meeting ON steps (space_id, key_ical_uid) WHERE key_ical_uid IS NOT NULL;
CREATE INDEX steps_by_reservation_key ON steps (key_reservation_id) WHERE key_reservation_id IS NOT NULL;
CREATE INDEX steps_by_age ON steps (at);
CREATE UNIQUE INDEX one_agreement_per_key
    ON steps (space_id, key_ical_uid, key_original_date, key_reservation_id) NULLS NOT DISTINCT
    WHERE kind = 'agreed';
COMMENT ON TABLE steps IS 'Kept for ROOMSYNC_HISTORY_DAYS, for ever if that is 0; of agreements the last of each key.';

ALTER TABLE decisions ADD COLUMN correlation_id text;
CREATE INDEX decisions_by_series ON decisions (space_id, key_ical_uid)
    WHERE reservation_id IS NULL AND key_ical_uid IS NOT NULL AND key_original_date IS NULL;

-- The questions that were asked so far. Under which correlation id, nobody wrote down.
INSERT INTO steps (at, kind, space_id, key_ical_uid, key_original_date, key_reservation_id, reservation_id, actor, facts)
SELECT told.at, told.kind, a.space_id, coalesce(r.ical_uid, g.ical_uid), r.original_date,
    CASE WHEN coalesce(r.ical_uid, g.ical_uid) IS NULL THEN a.reservation_id END, a.reservation_id, told.actor, told.facts
FROM approvals a
LEFT JOIN reservations r ON r.id = a.reservation_id
LEFT JOIN reservation_groups g ON g.id = a.group_id
CROSS JOIN LATERAL (
    SELECT a.asked_at AS at, 'asked' AS kind, '{"kind": "system"}'::jsonb AS actor,
        jsonb_build_object('approval_id', a.id, 'deadline_at', a.deadline_at) AS facts
    UNION ALL
    SELECT a.decided_at, 'answered', coalesce(a.decided_by, '{"kind": "system"}'),
        jsonb_build_object('approval_id', a.id, 'state', a.state)
    WHERE a.decided_at IS NOT NULL
) told
WHERE coalesce(r.ical_uid, g.ical_uid) IS NOT NULL OR a.reservation_id IS NOT NULL;
