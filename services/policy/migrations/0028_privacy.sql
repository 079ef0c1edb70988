-- Room mailboxes that answer invitations by themselves. The mark holds while fewer than five invitations in a row came
-- unanswered since it was seen last.
CREATE TABLE own_answers (
    space_id uuid PRIMARY KEY REFERENCES spaces ON DELETE CASCADE,
    room_mailbox text NOT NULL,
    since timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    unanswered integer NOT NULL DEFAULT 0
);

COMMENT ON TABLE own_answers IS 'Kept for 90 days after a mailbox was last seen to answer by itself, or as long as its space.';

-- What stands for somebody whose name and address are no longer kept: the same for the same person, so that bookings
-- are still counted by organizer. The mail domain stays, because policies look at it. Without the key, which is made
-- here and never leaves this table, nobody is found by what stands for them.
CREATE TABLE pseudonym_key (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    key bytea NOT NULL
);
INSERT INTO pseudonym_key (key)
VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

COMMENT ON TABLE pseudonym_key IS 'Kept for ever: whoever deletes it makes everybody anonymous whose pseudonym is stored.';

CREATE FUNCTION pseudonym_of(address text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN address ~ '^person-[0-9a-f]{24}(@|$)' THEN address ELSE
        'person-' || left(encode(sha256(key || sha256(key || convert_to(address, 'UTF8'))), 'hex'), 24)
            || coalesce('@' || substring(address FROM '@([^@]*)$'), '')
    END FROM pseudonym_key
$$;

CREATE FUNCTION without_name(actor jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT actor || jsonb_build_object('subject', pseudonym_of(actor ->> 'subject'), 'name', NULL)
$$;

ALTER TABLE reservations ADD COLUMN people_forgotten_at timestamptz;
ALTER TABLE decisions ADD COLUMN people_forgotten_at timestamptz;
ALTER TABLE approvals ADD COLUMN people_forgotten_at timestamptz;

CREATE INDEX reservations_with_people ON reservations (ends_at) WHERE people_forgotten_at IS NULL;
CREATE INDEX decisions_with_people ON decisions (at) WHERE people_forgotten_at IS NULL;
CREATE INDEX approvals_with_people ON approvals (asked_at) WHERE people_forgotten_at IS NULL;
