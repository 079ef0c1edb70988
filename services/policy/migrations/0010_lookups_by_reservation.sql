-- What a reservation occupies is found by the primary key. A uuid in the constraint's index let PostgreSQL believe that
-- this index finds it as cheaply, and it read all of the index: an index searched by its last column alone.
ALTER TABLE occupancies
    DROP CONSTRAINT no_double_booking,
    ADD CONSTRAINT no_double_booking
        EXCLUDE USING gist (part_id WITH =, during WITH &&, (reservation_id::text) WITH <>)
        DEFERRABLE INITIALLY DEFERRED;
