-- A connection may have a second credential, so that one can be replaced while the other is used.
ALTER TABLE connections
    ADD COLUMN second_credential text,
    ADD CONSTRAINT credentials_are_different CHECK (second_credential <> credential);
ALTER TABLE left_tenants ADD COLUMN second_credential text;

-- `credentials` names those that there are; `credential`, the first of them, stays for readers of before.
CREATE OR REPLACE VIEW connections_v1 AS
SELECT id AS connection_id, name, cloud, tenant_id, client_id, credential, edits_organizer_events, refused_edit,
       array_remove(ARRAY[credential, second_credential], NULL) AS credentials
FROM connections
UNION ALL
SELECT l.id, c.name, l.cloud, l.tenant_id, l.client_id, l.credential, false, c.refused_edit,
       array_remove(ARRAY[l.credential, l.second_credential], NULL)
FROM left_tenants l JOIN connections c ON c.id = l.connection_id;

CREATE OR REPLACE VIEW mapped_spaces_v1 AS
SELECT s.id AS space_id, s.room_mailbox, s.time_zone, s.mapped_at,
       c.id AS connection_id, c.cloud, c.tenant_id, c.client_id, c.credential, c.edits_organizer_events,
       array_remove(ARRAY[c.credential, c.second_credential], NULL) AS credentials
FROM spaces s JOIN connections c ON c.id = s.connection_id
WHERE s.room_mailbox IS NOT NULL;
