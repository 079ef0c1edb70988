-- The intents of holds are found by the reservation that they hold, however many their space has.
CREATE INDEX intents_of_holds ON intents (key_reservation_id) WHERE key_reservation_id IS NOT NULL;
