-- Whoever has a second factor gets in without it from now on.
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
END
$$;
ALTER TABLE refresh_tokens DROP COLUMN mfa_at;
DROP TABLE second_factors;
