-- How often what Outlook was asked to show was put back after somebody undid it, and since when: it is put back a few
-- times, and then it is a finding.
ALTER TABLE intents
    ADD COLUMN put_back       int NOT NULL DEFAULT 0,
    ADD COLUMN put_back_since timestamptz;
