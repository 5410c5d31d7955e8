-- Rows that commit together with events: ciphertexts, wrapped keys, answers to idempotent requests, credentials.

-- Small contents (at most 64 KiB), encrypted, addressed by keyed hash within their dataset.
CREATE TABLE record_contents (
    tenant_id  uuid  NOT NULL,
    dataset_id uuid  NOT NULL,
    address    bytea NOT NULL,
    ciphertext bytea NOT NULL,
    PRIMARY KEY (dataset_id, address)
) PARTITION BY HASH (dataset_id);
DO $$
BEGIN
    FOR remainder IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE record_contents_%s PARTITION OF record_contents FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            remainder, remainder);
        -- ciphertext does not compress
        EXECUTE format('ALTER TABLE record_contents_%s ALTER COLUMN ciphertext SET STORAGE EXTERNAL', remainder);
        EXECUTE format('ALTER TABLE record_contents_%s ENABLE ROW LEVEL SECURITY', remainder);
        EXECUTE format('ALTER TABLE record_contents_%s FORCE ROW LEVEL SECURITY', remainder);
    END LOOP;
END
$$;
CALL isolate_tenants('record_contents');
GRANT SELECT, INSERT, DELETE ON record_contents TO vault_writer;

-- One key per tenant, wrapped by the KMS.
CREATE TABLE tenant_keys (
    tenant_id    uuid        NOT NULL,
    key_id       uuid        NOT NULL,
    kms_provider text        NOT NULL,
    kms_key      text        NOT NULL,
    wrapped      bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);
CALL isolate_tenants('tenant_keys');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_keys TO vault_writer;

-- Keys of a scope (tenant, dataset, user), wrapped by the tenant key.
CREATE TABLE data_keys (
    tenant_id  uuid        NOT NULL,
    key_id     uuid        NOT NULL,
    scope_type text        NOT NULL,
    scope_id   uuid        NOT NULL,
    purpose    text        NOT NULL,
    generation integer     NOT NULL,
    wrapped    bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);
CREATE UNIQUE INDEX data_keys_scope ON data_keys (tenant_id, scope_type, scope_id, purpose, generation);
CALL isolate_tenants('data_keys');
GRANT SELECT, INSERT, UPDATE, DELETE ON data_keys TO vault_writer;

-- What was answered to a request with an Idempotency-Key, remembered for 24 hours as hashes.
CREATE TABLE idempotency_keys (
    tenant_id  uuid        NOT NULL,
    -- keyed hash of principal, method, route, key and chunk number
    key_hash   bytea       NOT NULL,
    -- keyed hash of the body (or chunk) as it was sent
    body_hash  bytea       NOT NULL,
    status     smallint    NOT NULL,
    -- the first event of the answer, where the request made one
    event_id   uuid,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_hash)
);
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);
CALL isolate_tenants('idempotency_keys');
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO vault_writer;

CREATE TABLE tenants (
    tenant_id  uuid PRIMARY KEY,
    created_at timestamptz NOT NULL
);
CALL isolate_tenants('tenants');
GRANT SELECT, INSERT ON tenants TO vault_writer;

-- What a user proves itself with. Found by the keyed hash of the email before the tenant is known.
CREATE TABLE credentials (
    tenant_id     uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    email_hash    bytea       NOT NULL UNIQUE,
    password_hash text        NOT NULL,
    roles         text[]      NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CALL isolate_tenants('credentials');
REVOKE SELECT ON credentials FROM vault_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON credentials TO vault_writer;

-- Refresh tokens, as SHA-256 of the token; a session is the family that began with one login.
CREATE TABLE refresh_tokens (
    tenant_id          uuid        NOT NULL,
    token_hash         bytea       PRIMARY KEY,
    session_id         uuid        NOT NULL,
    user_id            uuid        NOT NULL,
    issued_at          timestamptz NOT NULL,
    session_started_at timestamptz NOT NULL,
    used_at            timestamptz,
    revoked_at         timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CALL isolate_tenants('refresh_tokens');
REVOKE SELECT ON refresh_tokens FROM vault_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO vault_writer;
