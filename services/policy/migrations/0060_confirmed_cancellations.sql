-- Who confirmed the cancellations that a brake had stopped, and how many there were then. The reconciler keeps a
-- confirmation until they are done; this tells of it afterwards.
CREATE TABLE brake_confirmations (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space_id      uuid        NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    braked_at     timestamptz NOT NULL, -- names the brake
    cancellations int         NOT NULL CHECK (cancellations > 0),
    by            jsonb       NOT NULL, -- an actor
    at            timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX brake_confirmations_by_space ON brake_confirmations (space_id, at);
CREATE INDEX brake_confirmations_by_age ON brake_confirmations (at);
COMMENT ON TABLE brake_confirmations IS 'Kept for 90 days after the confirmation.';
