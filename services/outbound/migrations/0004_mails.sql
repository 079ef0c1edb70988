-- What became of each mail, for each of its recipients, so that nobody is mailed twice.

CREATE TABLE mails (
    mail_id       uuid        NOT NULL,
    recipient     text        NOT NULL, -- the address in lower case
    state         text        CHECK (state IN ('sent', 'refused', 'expired', 'unconfirmed')), -- NULL while it is to be sent
    handed_over   int         NOT NULL DEFAULT 0, -- how often the server may have taken it and did not say so
    claimed_until timestamptz,                    -- until then one process is handing it over
    noted_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at      timestamptz,
    PRIMARY KEY (mail_id, recipient),
    CONSTRAINT a_mail_that_ended_has_a_time CHECK ((state IS NULL) = (ended_at IS NULL))
);
CREATE INDEX mails_by_age ON mails (noted_at);
CREATE INDEX mails_unsent ON mails (noted_at) WHERE state IS NULL;

COMMENT ON TABLE mails IS 'Kept for 30 days after the mail was first asked for and after it ended.';
