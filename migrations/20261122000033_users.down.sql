-- Users without a password, and those who are disabled, cannot log in before this step either: they have a hash that no
-- password has.
CREATE OR REPLACE PROCEDURE insert_rare_rows(rows jsonb)
    LANGUAGE plpgsql
    AS $$
DECLARE
    key_epoch uuid;
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
UPDATE credentials SET password_hash = '' WHERE password_hash IS NULL OR disabled_at IS NOT NULL;
ALTER TABLE credentials
    ALTER COLUMN password_hash SET NOT NULL,
    DROP COLUMN email,
    DROP COLUMN disabled_at,
    DROP COLUMN invitation_hash,
    DROP COLUMN invitation_until,
    DROP COLUMN sessions_ended_at;
