-- What is told of the meeting in the way.
ALTER TABLE connections ADD COLUMN conflict_detail text NOT NULL DEFAULT 'organizer'
    CHECK (conflict_detail IN ('organizer', 'time'));

-- The words of each kind of answer; where there is no template the default is said.
CREATE TABLE answer_templates (
    connection_id uuid        NOT NULL REFERENCES connections ON DELETE CASCADE,
    kind          text        NOT NULL,
    template      text, -- none if it was taken back; its version goes on
    version       int         NOT NULL,
    updated_at    timestamptz NOT NULL,
    updated_by    jsonb       NOT NULL,
    failing_since timestamptz,
    last_error    text,
    PRIMARY KEY (connection_id, kind),
    CONSTRAINT what_fails_is_a_template CHECK (failing_since IS NULL OR template IS NOT NULL),
    CONSTRAINT what_fails_has_an_error CHECK ((failing_since IS NULL) = (last_error IS NULL))
);
COMMENT ON TABLE answer_templates IS 'Kept as long as the connection.';
