-- Whoever asked for a mail may see what became of it; also that it could not be sent, because no mail is set up.
ALTER TABLE mails DROP CONSTRAINT mails_state_check, ADD CONSTRAINT mails_state_check CHECK (
    state IN ('sent', 'refused', 'expired', 'unconfirmed', 'not_configured')
);

CREATE VIEW mails_v1 AS SELECT mail_id, recipient, state, noted_at, ended_at FROM mails;
