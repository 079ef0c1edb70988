-- Whether outbound was last started with a mail server, for those who tell administrators that there is none.
CREATE TABLE mail_setup (
    is_the_only_one boolean     PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    is_set_up       boolean     NOT NULL,
    since           timestamptz NOT NULL DEFAULT clock_timestamp() -- of the first start in a row of which this is so
);
COMMENT ON TABLE mail_setup IS 'Kept for ever; it has one row.';

CREATE VIEW mail_setup_v1 AS SELECT is_set_up, since FROM mail_setup;

-- Who was refused is looked at all the time, and there are few of them.
CREATE INDEX mails_refused ON mails (ended_at) WHERE state = 'refused';
