-- The roles of the vault. They belong to the cluster, so a second database of the same cluster finds them there.
--   vault_reader    reads one tenant at a time, held by row-level security
--   vault_writer    appends, and moves the read models; its batches span tenants, so it bypasses row-level security
--   vault_archiver  alone may remove verified, archived ranges of events
DO $$
DECLARE
    wanted text[] := ARRAY['vault_reader', 'vault_writer', 'vault_archiver'];
    name text;
BEGIN
    FOREACH name IN ARRAY wanted LOOP
        -- whoever is no superuser finds them made, and must not try
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = name);
        BEGIN
            -- with its attribute at once: two databases that are made together must not both alter it
            EXECUTE format('CREATE ROLE %I NOLOGIN %s', name, CASE WHEN name = 'vault_writer' THEN 'BYPASSRLS' END);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'vault_writer') THEN
        ALTER ROLE vault_writer BYPASSRLS;
    END IF;
END
$$;

-- The tenant whose rows the present transaction may see.
CREATE FUNCTION current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('vault.tenant', true), '')::uuid $$;

-- Gives a table the isolation that every tenant table has: forced row-level security by tenant_id.
CREATE PROCEDURE isolate_tenants(tenant_table regclass)
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format(
        'CREATE POLICY tenant_isolation ON %s USING (tenant_id = (SELECT current_tenant()))', tenant_table);
    EXECUTE format('GRANT SELECT ON %s TO vault_reader', tenant_table);
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO vault_reader, vault_writer, vault_archiver;
