-- Policies: the rules that administrators set. Each change is a new version, and decisions name the version they used.
CREATE TABLE policies (
    id         uuid        PRIMARY KEY,
    version    int         NOT NULL,
    rule       jsonb       NOT NULL,
    scope      text        NOT NULL CHECK (scope IN ('all', 'group', 'space')),
    target_id  uuid,
    effect     text        NOT NULL CHECK (effect IN ('deny', 'approve', 'warn', 'shadow')),
    exempt     jsonb       NOT NULL,
    dates      jsonb       NOT NULL,
    name       text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK ((scope = 'all') = (target_id IS NULL)),
    CONSTRAINT policies_are_different UNIQUE NULLS NOT DISTINCT (scope, target_id, rule, dates)
);
CREATE INDEX policies_by_target ON policies (target_id);

CREATE TABLE policy_versions (
    policy_id uuid        NOT NULL,
    version   int         NOT NULL,
    policy    jsonb,
    at        timestamptz NOT NULL,
    by        jsonb       NOT NULL,
    PRIMARY KEY (policy_id, version)
);

COMMENT ON TABLE policies IS 'Kept until deleted.';
COMMENT ON TABLE policy_versions IS 'Kept for ever: decisions name the versions that judged.';

-- No more people than a space holds: a policy like any other, which was built in before.
WITH capacity AS (
    INSERT INTO policies (id, version, rule, scope, effect, exempt, dates, name, created_at, updated_at)
    VALUES (
        gen_random_uuid(), 1, '{"kind": "capacity", "margin": 0}', 'all', 'deny', '{}', '{}', 'Capacity',
        clock_timestamp(), clock_timestamp()
    )
    RETURNING *
)
INSERT INTO policy_versions (policy_id, version, policy, at, by)
SELECT
    id, version,
    jsonb_build_object(
        'id', id, 'version', version, 'rule', rule, 'attach', jsonb_build_object('scope', scope, 'id', target_id),
        'effect', effect, 'exempt', exempt, 'dates', dates, 'name', name
    ),
    created_at, '{"kind": "system"}'
FROM capacity;

ALTER TABLE connections ADD COLUMN own_domains text[] NOT NULL DEFAULT '{}';

-- What judged a reservation, and of what it was warned; beside each decision too.
ALTER TABLE reservations
    ADD COLUMN policies jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]';
ALTER TABLE decisions
    ADD COLUMN policies jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]';

CREATE INDEX reservations_counted ON reservations (organizer_address, ends_at)
    WHERE status IN ('pending', 'confirmed') AND organizer_address IS NOT NULL;
