-- Keys that were destroyed stay so. Datasets whose values have a key of their own cannot be read by what was before.
-- As before the sealing anew.
CREATE OR REPLACE PROCEDURE insert_rare_rows(rows jsonb)
    LANGUAGE plpgsql
    AS $$
DECLARE
    key_epoch uuid;
    user_row  credentials;
    was       credentials;
BEGIN
    INSERT INTO tenants SELECT * FROM jsonb_populate_recordset(NULL::tenants, rows -> 'tenants');
    INSERT INTO tenant_keys SELECT * FROM jsonb_populate_recordset(NULL::tenant_keys, rows -> 'tenant_keys');
    FOR key_epoch IN
        SELECT DISTINCT k.epoch_id FROM jsonb_populate_recordset(NULL::data_keys, rows -> 'data_keys') k
         WHERE k.epoch_id IS NOT NULL
    LOOP
        PERFORM FROM erasure_epochs e WHERE e.epoch_id = key_epoch AND e.closed_at IS NULL FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the erasure epoch is closed' USING ERRCODE = '23V01';
        END IF;
    END LOOP;
    INSERT INTO data_keys SELECT * FROM jsonb_populate_recordset(NULL::data_keys, rows -> 'data_keys');
    FOR user_row IN
        SELECT * FROM jsonb_populate_recordset(NULL::credentials, rows -> 'credentials')
    LOOP
        SELECT * INTO was FROM credentials c
         WHERE c.tenant_id = user_row.tenant_id AND c.user_id = user_row.user_id;
        INSERT INTO credentials SELECT user_row.*
            ON CONFLICT (tenant_id, user_id) DO UPDATE
                SET password_hash = excluded.password_hash, roles = excluded.roles, email = excluded.email,
                    disabled_at = excluded.disabled_at, invitation_hash = excluded.invitation_hash,
                    invitation_until = excluded.invitation_until, sessions_ended_at = excluded.sessions_ended_at;
        IF was.disabled_at IS NULL AND 'admin' = ANY (was.roles) AND NOT EXISTS (
            SELECT FROM credentials c
             WHERE c.tenant_id = user_row.tenant_id AND c.disabled_at IS NULL AND 'admin' = ANY (c.roles))
        THEN
            RAISE EXCEPTION 'the tenant would have no administrator' USING ERRCODE = '23V02';
        END IF;
        WHILE user_row.sessions_ended_at IS DISTINCT FROM was.sessions_ended_at LOOP
            -- again: a refresh that commits meanwhile adds a token that the statement has not seen
            UPDATE refresh_tokens t SET revoked_at = clock_timestamp()
             WHERE t.tenant_id = user_row.tenant_id AND t.user_id = user_row.user_id AND t.revoked_at IS NULL;
            EXIT WHEN NOT FOUND;
        END LOOP;
        INSERT INTO credential_changes (tenant_id, subject_id) VALUES (user_row.tenant_id, user_row.user_id)
            ON CONFLICT (tenant_id, subject_id) DO UPDATE SET changed_at = excluded.changed_at;
    END LOOP;
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
    INSERT INTO subject_records
    SELECT * FROM jsonb_populate_recordset(NULL::subject_records, rows -> 'subject_records');
    IF rows ? 'erasures' THEN
        FOR key_epoch IN
            DELETE FROM data_keys k
             USING jsonb_populate_recordset(NULL::erasures, rows -> 'erasures') e
             WHERE k.tenant_id = e.tenant_id AND k.scope_type = 'subject' AND k.scope_id = e.subject_id
            RETURNING nullif(k.epoch_id, e.epoch_id)
        LOOP
            -- they were moved since the caller looked
            IF key_epoch IS NOT NULL THEN
                RAISE EXCEPTION 'the keys are of another erasure epoch' USING ERRCODE = '23V01';
            END IF;
        END LOOP;
        INSERT INTO erasures SELECT * FROM jsonb_populate_recordset(NULL::erasures, rows -> 'erasures');
    END IF;
END
$$;

REVOKE UPDATE (ciphertext) ON record_contents FROM vault_writer;
DROP TABLE key_rewraps;
ALTER TABLE guards NO FORCE ROW LEVEL SECURITY;
DELETE FROM guards WHERE guard_type = 'key';
ALTER TABLE guards FORCE ROW LEVEL SECURITY;
