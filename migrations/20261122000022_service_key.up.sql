-- The key that batch MACs, token signatures and email look-ups hang on, wrapped by the root key. A vault whose root key
-- stands in a file from the start needs no row: that file's key is the service key.
CREATE TABLE service_keys (
    only_one     boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
    key_id       uuid        NOT NULL,
    -- which KMS wrapped it, under which of its keys
    kms_provider text        NOT NULL,
    kms_key      text        NOT NULL,
    wrapped      bytea       NOT NULL CHECK (octet_length(wrapped) <= 8192),
    created_at   timestamptz NOT NULL
);
-- the key itself never changes, its wrapping does
GRANT SELECT, INSERT, UPDATE (kms_provider, kms_key, wrapped) ON service_keys TO vault_writer;

-- Which content keys are as old as a key may become.
CREATE INDEX data_keys_created_at ON data_keys (created_at, key_id) WHERE purpose = 'content';

-- Since when a key opens no content any more. The log says so first; rows follow it.
ALTER TABLE data_keys ADD COLUMN revoked_at timestamptz;
