-- The back office cancels one date of a series and all after it, also those that nobody has booked yet.

ALTER TABLE reservation_groups ADD COLUMN taken_away_from date;
