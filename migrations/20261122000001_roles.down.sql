-- The roles stay: other databases of the cluster may use them.
DROP PROCEDURE isolate_tenants(regclass);
DROP FUNCTION current_tenant();
