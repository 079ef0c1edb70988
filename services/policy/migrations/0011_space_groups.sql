-- Groups of spaces, to which rules can be attached; a space may be in several.
CREATE TABLE space_groups (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL CONSTRAINT space_group_names_are_unique UNIQUE,
    version    int         NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE space_group_members (
    space_id uuid NOT NULL REFERENCES spaces ON DELETE CASCADE,
    group_id uuid NOT NULL REFERENCES space_groups ON DELETE CASCADE,
    PRIMARY KEY (space_id, group_id)
);
CREATE INDEX space_group_members_by_group ON space_group_members (group_id);

COMMENT ON TABLE space_groups IS 'Kept until deleted.';
COMMENT ON TABLE space_group_members IS 'Kept as long as the space and the group, or until the space is taken out.';
