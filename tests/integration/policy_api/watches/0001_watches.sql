-- A stand-in for ingest's schema: its one view that the API reads, and a table to set it by.

CREATE TABLE watches (
    space_id         uuid PRIMARY KEY,
    state            text NOT NULL,
    detail           text,
    expires_at       timestamptz,
    last_notified_at timestamptz
);

CREATE VIEW watches_v1 AS
SELECT space_id, state, detail, expires_at, last_notified_at FROM watches;
