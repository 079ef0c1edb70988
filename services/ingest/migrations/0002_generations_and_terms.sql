-- No two subscriptions of a space ever share a generation, also after it was unmapped and mapped again: what is still
-- said about an old one is nobody's concern.
CREATE SEQUENCE generations;
ALTER TABLE watches ALTER generation TYPE bigint;
SELECT setval('generations', (SELECT coalesce(max(generation), 0) + 1 FROM watches));

-- The generation under which Graph was asked for a subscription and has not answered: there may be one unknown to us.
ALTER TABLE watches ADD asked bigint;

-- A mark of the address and the secret a subscription was made with. Neither changes when it is renewed.
ALTER TABLE watches ADD made_under text;
