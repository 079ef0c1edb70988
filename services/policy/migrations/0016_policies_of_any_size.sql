-- The index on the rule itself refused rules of more than some 2,700 bytes, such as a long list of addresses.
ALTER TABLE policies DROP CONSTRAINT policies_are_different;

-- The policy that was there from the start had dates of another spelling, so that an equal one was taken for different.
UPDATE policies SET dates = '{"from": null, "until": null}' WHERE dates = '{}';

CREATE UNIQUE INDEX policies_are_different ON policies (
    scope, target_id, jsonb_hash_extended(rule, 0), jsonb_hash_extended(rule, 1), jsonb_hash_extended(dates, 0)
) NULLS NOT DISTINCT;
