-- Second factors, and which sessions were begun with one.

-- The second factor of a user, or the one that the user begins with.
CREATE TABLE second_factors (
    tenant_id      uuid        NOT NULL,
    user_id        uuid        NOT NULL,
    -- sealed under the user's key; none when it was removed
    secret         bytea,
    -- when the user has shown a code of it; codes are asked for from then on
    confirmed_at   timestamptz,
    -- the last step of which a code was taken: none is taken again, on whichever node
    last_step      bigint      NOT NULL,
    -- SHA-256 of the recovery codes that are left
    recovery_codes bytea[]     NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CALL isolate_tenants('second_factors');
REVOKE SELECT ON second_factors FROM vault_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors TO vault_writer;

-- When a second factor was given in the session, if one was.
ALTER TABLE refresh_tokens ADD COLUMN mfa_at timestamptz;

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
