-- Tell whoever shows reservations which spaces' have changed, once the transaction commits. Each statement tells of a
-- space once, and PostgreSQL sends what is told twice in a transaction once.
CREATE FUNCTION tell_of_reservations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('reservations_' || TG_TABLE_SCHEMA, space_id::text)
    FROM (SELECT DISTINCT space_id FROM changed) AS spaces;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION tell_of_reservations() IS 'For open pages of the console, which show what has changed at once.';

CREATE TRIGGER tell_of_new_reservations AFTER INSERT ON reservations
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_of_reservations();
CREATE TRIGGER tell_of_changed_reservations AFTER UPDATE ON reservations
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_of_reservations();
