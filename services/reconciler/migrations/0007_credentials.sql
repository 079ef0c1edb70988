-- How each credential of a connection is doing, as the process sees it that reads their files. No secrets.
CREATE TABLE credentials (
    connection_id uuid        NOT NULL,
    name          text        NOT NULL,
    kind          text        CHECK (kind IN ('workload_identity', 'certificate', 'secret')), -- NULL: it was not read
    expires_at    timestamptz, -- NULL: nobody knows, or it does not expire
    thumbprint    text,        -- of a certificate
    is_accepted   boolean,     -- by Entra when it was last asked; NULL: it was not
    in_use        boolean     NOT NULL,
    problem       text,        -- full sentences, for an administrator
    problem_since timestamptz,
    since         timestamptz NOT NULL DEFAULT clock_timestamp(), -- it is of this kind and expires then
    PRIMARY KEY (connection_id, name)
);
COMMENT ON TABLE credentials IS 'Kept as long as the connection names it.';

CREATE VIEW credentials_v1 AS
SELECT connection_id, name, kind, expires_at, thumbprint, is_accepted, in_use, problem, problem_since, since
FROM credentials;
