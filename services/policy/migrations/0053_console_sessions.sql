-- Who has signed in to the console. The browser has a secret in a cookie; only its hash is here, so whoever reads this
-- table, or a copy of it, cannot act as anybody.
CREATE TABLE console_sessions (
    id_hash    bytea       PRIMARY KEY CHECK (octet_length(id_hash) = 32), -- SHA-256
    caller     text        NOT NULL, -- "tenant:object id", as in the audit
    name       text,
    roles      text[]      NOT NULL CHECK (cardinality(roles) > 0), -- as they were at the sign-in
    began_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL, -- moved on while it is used
    ends_at    timestamptz NOT NULL, -- however much it is used
    CHECK (expires_at <= ends_at)
);
CREATE INDEX console_sessions_by_expiry ON console_sessions (expires_at);
COMMENT ON TABLE console_sessions IS 'Kept until it expires, or until whoever it belongs to signs out.';

-- Sign-ins under way: what a browser was sent to the login service with, until it comes back.
CREATE TABLE console_sign_ins (
    state_hash   bytea       PRIMARY KEY CHECK (octet_length(state_hash) = 32),
    browser_hash bytea       NOT NULL CHECK (octet_length(browser_hash) = 32), -- of the cookie of the browser that began it
    flow         jsonb       NOT NULL, -- what is needed to redeem the answer: state, nonce, verifier
    return_to    text        NOT NULL, -- the page of ours that was asked for
    expires_at   timestamptz NOT NULL
);
CREATE INDEX console_sign_ins_by_expiry ON console_sign_ins (expires_at);
COMMENT ON TABLE console_sign_ins IS 'Kept for 15 minutes, or until the browser comes back.';
