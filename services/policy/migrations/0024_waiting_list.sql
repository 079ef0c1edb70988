-- A setting of each space, and a row for each request that waits for its time to become free.
ALTER TABLE spaces
    ADD COLUMN waiting_list boolean NOT NULL DEFAULT false,
    ADD COLUMN offer_minutes int NOT NULL DEFAULT 60 CHECK (offer_minutes > 0);

CREATE TABLE waiting_requests (
    id                uuid        PRIMARY KEY,
    space_id          uuid        NOT NULL REFERENCES spaces ON DELETE CASCADE,
    state             text        NOT NULL CHECK (state IN ('waiting', 'offered', 'taken', 'lapsed', 'withdrawn')),
    starts_at         timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL,
    people            int         NOT NULL CHECK (people >= 0),
    title             text        NOT NULL,
    is_private        boolean     NOT NULL,
    organizer_address text        NOT NULL,
    organizer_name    text,
    ical_uid          text,       -- of the meeting that was declined, if it was one
    asked_at          timestamptz NOT NULL,
    look_at           timestamptz NOT NULL, -- when it may be offered at the earliest, after policies refused it
    offer_id          uuid        REFERENCES reservations ON DELETE CASCADE, -- what holds the time that is offered
    offered_at        timestamptz,
    offered_until     timestamptz,
    ended_at          timestamptz,
    CONSTRAINT a_request_waits_for_some_time CHECK (ends_at > starts_at),
    CONSTRAINT an_offer_holds_the_time_until_a_deadline
        CHECK (state <> 'offered' OR num_nonnulls(offer_id, offered_at, offered_until) = 3),
    CONSTRAINT a_request_that_ended_did_so_at_some_time CHECK ((state IN ('waiting', 'offered')) = (ended_at IS NULL))
);
COMMENT ON TABLE waiting_requests IS 'Kept for 90 days after the end of what was asked for.';
CREATE UNIQUE INDEX one_place_in_the_waiting_list ON waiting_requests (space_id, organizer_address, starts_at, ends_at)
    WHERE state IN ('waiting', 'offered');
CREATE INDEX waiting_requests_that_wait ON waiting_requests (asked_at, id) WHERE state IN ('waiting', 'offered');
CREATE INDEX waiting_requests_by_space ON waiting_requests (space_id, asked_at, id);
CREATE INDEX waiting_requests_by_offer ON waiting_requests (offer_id) WHERE offer_id IS NOT NULL;
CREATE INDEX waiting_requests_by_end ON waiting_requests (ends_at);
