-- Mails about questions to administrators: one row for each person who is told, or is to be told, and why.
CREATE TABLE question_mails (
    mail_id      uuid        PRIMARY KEY, -- derived from the question, the kind and the recipient
    approval_id  uuid        NOT NULL REFERENCES approvals ON DELETE CASCADE,
    kind         text        NOT NULL CHECK (kind IN ('asked', 'asked_instead', 'reminder', 'stand_in')),
    recipient    text        NOT NULL, -- a mail address
    due_at       timestamptz NOT NULL,
    requested_at timestamptz, -- when outbound was asked for it; NULL before
    look_at      timestamptz -- when something is to be done about it: to ask for it, or to take it back; NULL for never
);
COMMENT ON TABLE question_mails IS 'Kept as long as the question.';
CREATE INDEX question_mails_by_question ON question_mails (approval_id);
CREATE INDEX question_mails_to_look_at ON question_mails (look_at) WHERE look_at IS NOT NULL;

-- Of questions that wait already nobody was mailed so far: their time counts from now.
WITH waiting AS (
    SELECT id, approvers, stand_ins, CASE
        WHEN deadline_at > now() THEN deadline_at - now() WHEN deadline_at IS NOT NULL THEN interval '0'
    END AS time_left
    FROM approvals WHERE state = 'pending' AND due_at > now()
)
INSERT INTO question_mails (mail_id, approval_id, kind, recipient, due_at, look_at)
SELECT mail_id, approval_id, kind, recipient, due_at, due_at FROM (
    SELECT gen_random_uuid(), id, 'asked', jsonb_array_elements_text(approvers), now() FROM waiting
    UNION ALL
    SELECT gen_random_uuid(), id, 'reminder', jsonb_array_elements_text(approvers), now() + time_left / 2
    FROM waiting WHERE time_left > interval '0'
    UNION ALL
    SELECT gen_random_uuid(), id, 'stand_in', one.address, now() + time_left * 0.75
    FROM waiting CROSS JOIN jsonb_array_elements_text(stand_ins) AS one (address)
    WHERE time_left IS NOT NULL AND NOT approvers ? one.address
) AS planned (mail_id, approval_id, kind, recipient, due_at);
