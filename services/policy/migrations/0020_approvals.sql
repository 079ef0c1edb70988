-- Questions to administrators about pending reservations.
CREATE TABLE approvals (
    id             uuid        PRIMARY KEY,
    space_id       uuid        NOT NULL REFERENCES spaces,
    reservation_id uuid        NOT NULL REFERENCES reservations ON DELETE CASCADE,
    state          text        NOT NULL
        CHECK (state IN ('pending', 'approved', 'rejected', 'withdrawn', 'superseded', 'expired')),
    asked          jsonb       NOT NULL, -- window, organizer and people
    reasons        jsonb       NOT NULL, -- the policies that leave it to an administrator, and what breaks them
    approvers      jsonb       NOT NULL, -- mail addresses
    stand_ins      jsonb       NOT NULL,
    mode           text        NOT NULL CHECK (mode IN ('hold', 'compete')),
    at_deadline    text        NOT NULL CHECK (at_deadline IN ('reject', 'approve', 'leave')),
    asked_at       timestamptz NOT NULL, -- when this was first asked, by this question or by one that it superseded
    deadline_at    timestamptz,
    due_at         timestamptz NOT NULL, -- when something happens by itself
    decided_at     timestamptz,
    decided_by     jsonb,
    comment        text,
    version        int         NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT a_closed_question_was_closed_at_some_time CHECK ((state = 'pending') = (decided_at IS NULL))
);
COMMENT ON TABLE approvals IS 'Kept as long as the reservation.';
CREATE UNIQUE INDEX one_pending_question_per_reservation ON approvals (reservation_id) WHERE state = 'pending';
CREATE INDEX approvals_by_reservation ON approvals (reservation_id);
CREATE INDEX approvals_by_age ON approvals (asked_at, id);
CREATE INDEX pending_approvals_by_age ON approvals (asked_at, id) WHERE state = 'pending';
CREATE INDEX approvals_by_space ON approvals (space_id, asked_at, id);
CREATE INDEX approvals_due ON approvals (due_at) WHERE state = 'pending';
