-- Groups that the back office makes: what later dates of them are made from. Those of Outlook have none of it.
ALTER TABLE reservation_groups
    ADD COLUMN rules               text, -- RFC 5545's lines, each rule after the date from which it counts
    ADD COLUMN title               text,
    ADD COLUMN organizer_name      text,
    ADD COLUMN organizer_address   text,
    ADD COLUMN attendee_count      int   NOT NULL DEFAULT 0,
    ADD COLUMN on_conflict         text  CHECK (on_conflict IN ('all_or_nothing', 'skip_conflicts')),
    ADD COLUMN override_reason     text,
    ADD COLUMN roles               jsonb NOT NULL DEFAULT '[]', -- in which it was asked for
    ADD COLUMN people_forgotten_at timestamptz,
    ADD CONSTRAINT the_back_office_says_how_a_group_recurs CHECK ((ical_uid IS NULL) = (rules IS NOT NULL));
COMMENT ON COLUMN reservation_groups.recurrence IS
    'Pattern and range as Graph has them; an empty object if no single pattern of Graph has the same dates';
CREATE INDEX reservation_groups_with_people ON reservation_groups (updated_at)
    WHERE people_forgotten_at IS NULL AND title IS NOT NULL;
