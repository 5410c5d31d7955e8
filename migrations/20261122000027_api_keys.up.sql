-- API keys: what a program proves itself with, and what becomes of it.

-- A key in the name of a user. The log says what happened to it; the hash of its secret stands here alone.
CREATE TABLE api_keys (
    tenant_id       uuid        NOT NULL,
    key_id          uuid        NOT NULL,
    user_id         uuid        NOT NULL,
    -- SHA-256 of the secret's random bytes
    secret_hash     bytea       NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    -- the first characters of the secret, which tell keys apart in lists
    hint            text        NOT NULL,
    -- the secret before, which is good for a while after a rotation
    previous_hash   bytea       UNIQUE CHECK (octet_length(previous_hash) = 32),
    previous_until  timestamptz,
    -- sealed under the user's key, as in the event
    name            bytea       NOT NULL,
    -- names of actions
    scopes          text[]      NOT NULL,
    requests_per_s  integer     CHECK (requests_per_s > 0),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    rotated_at      timestamptz,
    -- when it was revoked, or taken down as expired
    ended_at        timestamptz,
    is_revoked      boolean     NOT NULL,
    -- written now and then; lags behind by seconds
    last_used_at    timestamptz,
    PRIMARY KEY (tenant_id, key_id)
);
CREATE INDEX api_keys_user ON api_keys (tenant_id, user_id, key_id);
-- Which keys have expired and were not taken down.
CREATE INDEX api_keys_expiring ON api_keys (expires_at) WHERE ended_at IS NULL;
CALL isolate_tenants('api_keys');
REVOKE SELECT ON api_keys FROM vault_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO vault_writer;

-- Credentials that changed lately: every node asks again and again, and forgets what it knew of them.
CREATE TABLE credential_changes (
    tenant_id  uuid        NOT NULL,
    -- an API key, or a user
    subject_id uuid        NOT NULL,
    -- the database's clock, of which there is one
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, subject_id)
);
CREATE INDEX credential_changes_at ON credential_changes (changed_at);
CALL isolate_tenants('credential_changes');
REVOKE SELECT ON credential_changes FROM vault_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON credential_changes TO vault_writer;

-- Side rows that are too rare for arrays of their own; what is there already is replaced where it may change.
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
