-- Read models as they were at a position of the log: a schema of their own for each, made by `audit replay`, read-only once
-- it is made, and dropped by hand.
CREATE FUNCTION begin_read_models_as_of(log_position bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    copy  text := 'read_models_as_of_' || log_position;
    model text;
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', copy);
    EXECUTE format('CREATE SCHEMA %I', copy);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO vault_reader, vault_writer', copy);
    FOREACH model IN ARRAY ARRAY['datasets', 'records', 'dataset_stats'] LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE read_models.%I INCLUDING ALL)', copy, model, model);
        CALL public.isolate_tenants(format('%I.%I', copy, model)::regclass);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO vault_writer', copy, model);
    END LOOP;
    RETURN copy;
END
$$;

CREATE FUNCTION end_read_models_as_of(log_position bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I FROM vault_writer',
                   'read_models_as_of_' || log_position);
END
$$;
REVOKE EXECUTE ON FUNCTION begin_read_models_as_of, end_read_models_as_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_read_models_as_of, end_read_models_as_of TO vault_writer;
