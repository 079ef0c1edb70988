-- The connections as they are, without tenants that were left: where rooms are looked for.
CREATE VIEW own_connections_v1 AS
SELECT id AS connection_id, cloud, tenant_id, client_id,
       array_remove(ARRAY[credential, second_credential], NULL) AS credentials
FROM connections;
