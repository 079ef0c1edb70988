-- Several may ask for the same time, and an administrator picks one. What only competes occupies nothing.
ALTER TABLE reservations
    ADD COLUMN competes boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT only_what_is_pending_competes CHECK (NOT competes OR status = 'pending');

ALTER TABLE approvals
    ADD COLUMN competes_for tstzrange; -- the time that a pending question competes for, with buffers; nobody holds it
CREATE INDEX approvals_competing ON approvals USING gist (space_id, competes_for) WHERE competes_for IS NOT NULL;

-- What was asked about before holds its time, if it is not a change of what is booked.
UPDATE approvals a SET mode = 'hold'
WHERE a.state = 'pending' AND a.mode = 'compete' AND NOT EXISTS (
    SELECT FROM reservations r WHERE r.id = a.reservation_id AND r.status = 'confirmed'
);
UPDATE approvals a SET competes_for = tstzrange(
    (a.asked #>> '{window,start}')::timestamptz - make_interval(mins => s.setup_minutes),
    (a.asked #>> '{window,end}')::timestamptz + make_interval(mins => s.cleanup_minutes)
)
FROM spaces s
WHERE s.id = a.space_id AND a.state = 'pending' AND a.mode = 'compete';
