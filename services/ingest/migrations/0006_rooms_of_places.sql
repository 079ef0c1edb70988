-- When the rooms of a connection are next listed from the directory of places, and how the last time ended. Stays as long
-- as the connection.
CREATE TABLE discoveries (
    connection_id uuid PRIMARY KEY,
    due_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    listed_at     timestamptz,                -- of the last listing that was complete
    problem       text,                       -- why the last one was not; null if it was
    problem_since timestamptz,
    CHECK ((problem IS NULL) = (problem_since IS NULL))
);

-- The rooms of the last complete listing. Stay until a listing has them no longer.
CREATE TABLE discovered_rooms (
    connection_id uuid NOT NULL REFERENCES discoveries ON DELETE CASCADE,
    place_id      text NOT NULL,              -- stays when the name and the address of the room change
    address       text NOT NULL,
    address_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    name          text NOT NULL,
    capacity      int,
    building      text,
    floor         text,
    PRIMARY KEY (connection_id, place_id)
);

-- What a mapped mailbox is known as besides its address, so that it is found again under another one. Stays as long as the
-- mapping.
CREATE TABLE known_places (
    space_id     uuid PRIMARY KEY,
    room_mailbox text NOT NULL,
    place_id     text,                        -- the room that had this address when rooms were last listed
    address_now  text,                        -- of the mailbox with the object id that this one had; null if it is this one
    noted_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (place_id IS NOT NULL OR address_now IS NOT NULL)
);

CREATE VIEW discoveries_v1 AS SELECT connection_id, listed_at, problem, problem_since FROM discoveries;
CREATE VIEW discovered_rooms_v1 AS
SELECT connection_id, place_id, address, name, capacity, building, floor, address_since FROM discovered_rooms;
CREATE VIEW known_places_v1 AS SELECT space_id, room_mailbox, place_id, address_now, noted_at FROM known_places;

COMMENT ON TABLE discoveries IS 'Kept as long as the connection.';
COMMENT ON TABLE discovered_rooms IS 'Kept until a listing has the room no longer.';
COMMENT ON TABLE known_places IS 'Kept as long as the space is mapped to the mailbox.';
