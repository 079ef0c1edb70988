-- What the handlers of the tests do, and a view that others may read.

CREATE TABLE effects (number int NOT NULL, what text NOT NULL DEFAULT '');

CREATE VIEW effects_v1 AS SELECT number FROM effects;
