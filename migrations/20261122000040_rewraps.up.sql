-- Sealing a dataset's contents anew, so that an old generation of its key can be destroyed.

-- Whether new contents may be sealed with a content key: records are added under this guard, and it is closed before what
-- the key sealed is sealed anew. So what was found to be no more cannot come back.
ALTER TABLE data_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE guards NO FORCE ROW LEVEL SECURITY;
INSERT INTO guards (tenant_id, guard_type, guard_id, is_open)
SELECT tenant_id, 'key', key_id, true FROM data_keys WHERE purpose = 'content' AND scope_type = 'dataset';
ALTER TABLE data_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE guards FORCE ROW LEVEL SECURITY;

-- The keys whose contents are sealed anew, and how far that is.
CREATE TABLE key_rewraps (
    tenant_id     uuid        NOT NULL,
    key_id        uuid        NOT NULL,
    dataset_id    uuid        NOT NULL,
    state         text        NOT NULL CHECK (state IN ('running', 'paused', 'finished')),
    -- up to which address the rows are done; those in the object store follow when all are
    after_address bytea       NOT NULL CHECK (octet_length(after_address) <= 32),
    -- contents that were sealed anew, rows and objects' chunks
    contents      bigint      NOT NULL,
    -- what these take, sealed
    size_bytes    bigint      NOT NULL,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    PRIMARY KEY (tenant_id, key_id),
    CHECK ((state = 'finished') = (finished_at IS NOT NULL))
);
CREATE INDEX key_rewraps_running ON key_rewraps (started_at) WHERE state = 'running';
CALL isolate_tenants('key_rewraps');
GRANT SELECT, INSERT, UPDATE ON key_rewraps TO vault_writer;

-- A content stays what it is under its address; its envelope may be of another generation of the key.
GRANT UPDATE (ciphertext) ON record_contents TO vault_writer;

-- As before, and: a dataset's new content key may be used; the sealing anew begins; a key that nothing needs is deleted.
CREATE OR REPLACE PROCEDURE insert_rare_rows(rows jsonb)
    LANGUAGE plpgsql
    AS $$
DECLARE
    key_epoch uuid;
    user_row  credentials;
    was       credentials;
    destroyed integer;
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
    INSERT INTO guards (tenant_id, guard_type, guard_id, is_open)
        SELECT k.tenant_id, 'key', k.key_id, true
          FROM jsonb_populate_recordset(NULL::data_keys, rows -> 'data_keys') k
         WHERE k.purpose = 'content' AND k.scope_type = 'dataset';
    INSERT INTO key_rewraps SELECT * FROM jsonb_populate_recordset(NULL::key_rewraps, rows -> 'key_rewraps');
    IF rows ? 'destroyed_keys' THEN
        DELETE FROM data_keys k
         USING jsonb_to_recordset(rows -> 'destroyed_keys') AS d(tenant_id uuid, key_id uuid)
         WHERE k.tenant_id = d.tenant_id AND k.key_id = d.key_id
           AND k.scope_type = 'dataset' AND k.purpose = 'content'
           -- nothing new can be sealed with it, and nothing is left that was
           AND EXISTS (SELECT FROM guards g WHERE g.tenant_id = k.tenant_id AND g.guard_type = 'key'
                          AND g.guard_id = k.key_id AND NOT g.is_open)
           AND EXISTS (SELECT FROM key_rewraps r WHERE r.tenant_id = k.tenant_id AND r.key_id = k.key_id
                          AND r.state = 'finished')
           -- the values in the log are sealed with another
           AND EXISTS (SELECT FROM data_keys v WHERE v.tenant_id = k.tenant_id AND v.scope_type = k.scope_type
                          AND v.scope_id = k.scope_id AND v.purpose = 'value' AND v.generation <= k.generation);
        GET DIAGNOSTICS destroyed = ROW_COUNT;
        IF destroyed <> jsonb_array_length(rows -> 'destroyed_keys') THEN
            RAISE EXCEPTION 'the key is needed' USING ERRCODE = '23V03';
        END IF;
    END IF;
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
