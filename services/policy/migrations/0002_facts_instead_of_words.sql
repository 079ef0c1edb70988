-- Reasons and notices are kept as facts and put into words when somebody is told. Of what was decided before, only the
-- words are left.

CREATE FUNCTION pg_temp.stated(reasons jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_agg('{"kind": "stated"}'::jsonb || each ORDER BY place), '[]')
    FROM jsonb_array_elements(reasons) WITH ORDINALITY AS found (each, place)
$$;

UPDATE reservations SET decision = jsonb_set(decision, '{reasons}', pg_temp.stated(decision -> 'reasons'));
UPDATE decisions SET reasons = pg_temp.stated(reasons);
UPDATE intents SET wanted = wanted - 'comment'
    || jsonb_build_object('notice', jsonb_build_object('kind', 'written', 'text', wanted -> 'comment'))
WHERE wanted ->> 'want' = 'answer';
UPDATE meetings SET moved_back_from = moved_back_from - 'why' || jsonb_build_object('reasons', jsonb_build_array(
    jsonb_build_object('kind', 'stated', 'rule', 'refused_edit', 'message', moved_back_from -> 'why')))
WHERE moved_back_from IS NOT NULL;

-- How the room stands to the meeting: two of these show as tentative, so what Outlook shows does not tell them apart.
ALTER TABLE meetings DROP CONSTRAINT meetings_outcome_check;
ALTER TABLE meetings RENAME COLUMN outcome TO standing;
UPDATE meetings SET standing = CASE standing
    WHEN 'accept' THEN 'accepted' WHEN 'tentative' THEN 'proposes_original' WHEN 'decline' THEN 'declined' END;
ALTER TABLE meetings ADD CONSTRAINT meetings_standing_check
    CHECK (standing IN ('accepted', 'awaits_approval', 'proposes_original', 'declined'));
