-- A change of time by the back office of a reservation that belongs to a meeting in Outlook: the time that the room
-- proposes to the organizer, or the time before a move of the organizer's own event, each held beside the one booked.
ALTER TABLE reservations
    ADD COLUMN proposed_change jsonb, -- window, people, until, and the decision it stands by
    ADD COLUMN moving_from     jsonb, -- likewise
    ADD CONSTRAINT one_other_time CHECK (num_nonnulls(proposed_change, moving_from) <= 1);
CREATE INDEX reservations_with_a_proposal ON reservations (id) WHERE proposed_change IS NOT NULL;

-- Of what was seen before, it is not known whether proposals are allowed. Where they are not, Graph refuses them.
ALTER TABLE meetings ADD COLUMN allows_proposals boolean NOT NULL DEFAULT true;
ALTER TABLE meetings DROP CONSTRAINT meetings_standing_check, ADD CONSTRAINT meetings_standing_check CHECK (
    standing IN (
        'accepted', 'awaits_approval', 'change_awaits_approval', 'proposes_original', 'proposes_change', 'declined'
    )
);
