-- The locks of one decision, in the order that every transaction keeps to: the policies, shared, so that none of them
-- changes; the organizer, if some policy counts what one organizer has; the parts of the space in their order.
-- A function, because each of its statements sees what was committed before it: a policy that was waited for counts.
CREATE FUNCTION lock_for_decision(decided_space uuid, organizer text, counting_kinds text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('policies', 0));
    IF organizer IS NOT NULL AND EXISTS (SELECT FROM policies WHERE rule ->> 'kind' = ANY (counting_kinds)) THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('organizer:' || organizer, 0));
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(part_id::text, 0))
    FROM (SELECT part_id FROM space_parts WHERE space_id = decided_space ORDER BY part_id) AS parts;
END
$$;
