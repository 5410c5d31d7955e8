CREATE OR REPLACE FUNCTION begin_read_models_as_of(log_position bigint) RETURNS text
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
DROP TABLE read_models.subjects;
ALTER TABLE read_models.records DROP COLUMN subject_id;
CREATE OR REPLACE PROCEDURE insert_rare_rows(rows jsonb)
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tenants SELECT * FROM jsonb_populate_recordset(NULL::tenants, rows -> 'tenants');
    INSERT INTO tenant_keys SELECT * FROM jsonb_populate_recordset(NULL::tenant_keys, rows -> 'tenant_keys');
    INSERT INTO data_keys SELECT * FROM jsonb_populate_recordset(NULL::data_keys, rows -> 'data_keys');
    INSERT INTO credentials SELECT * FROM jsonb_populate_recordset(NULL::credentials, rows -> 'credentials');
    INSERT INTO api_keys SELECT * FROM jsonb_populate_recordset(NULL::api_keys, rows -> 'api_keys')
        ON CONFLICT (tenant_id, key_id) DO UPDATE
            SET secret_hash = excluded.secret_hash, hint = excluded.hint, previous_hash = excluded.previous_hash,
                previous_until = excluded.previous_until, rotated_at = excluded.rotated_at,
                ended_at = excluded.ended_at, is_revoked = excluded.is_revoked;
    INSERT INTO credential_changes (tenant_id, subject_id)
        SELECT tenant_id, key_id FROM jsonb_populate_recordset(NULL::api_keys, rows -> 'api_keys')
        ON CONFLICT (tenant_id, subject_id) DO UPDATE SET changed_at = excluded.changed_at;
    INSERT INTO second_factors SELECT * FROM jsonb_populate_recordset(NULL::second_factors, rows -> 'second_factors')
        ON CONFLICT (tenant_id, user_id) DO UPDATE
            SET secret = excluded.secret, confirmed_at = excluded.confirmed_at,
                last_step = greatest(second_factors.last_step, excluded.last_step),
                recovery_codes = excluded.recovery_codes;
END
$$;
DROP TABLE erasures;
DROP TABLE subject_records;
DELETE FROM data_keys WHERE scope_type = 'subject';
ALTER TABLE data_keys DROP COLUMN epoch_id;
DROP TABLE erasure_epochs;
