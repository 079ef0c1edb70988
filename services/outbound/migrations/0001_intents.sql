-- The newest generation seen of each intent, and the last answer sent, which a calendar shows only later.

CREATE TABLE intents (
    space_id   uuid NOT NULL,
    key        text NOT NULL,
    generation int  NOT NULL,
    tried      text,        -- which answer was last sent to which event
    tried_at   timestamptz,
    settlement text CHECK (settlement IN ('done', 'superseded', 'given_up')),
    problem    text,
    settled_at timestamptz,
    noted_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (space_id, key),
    CONSTRAINT tried_when CHECK ((tried IS NULL) = (tried_at IS NULL))
);
CREATE INDEX intents_unsettled ON intents (noted_at) WHERE settlement IS NULL;
