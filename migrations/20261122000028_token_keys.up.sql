-- The keys that sign access tokens, of the vault as a whole. Until there is one, a key that hangs on the service key signs.
CREATE TABLE token_keys (
    key_id     uuid        PRIMARY KEY,
    -- the seed of an Ed25519 key, sealed under a key that hangs on the service key
    sealed     bytea       NOT NULL CHECK (octet_length(sealed) <= 512),
    created_at timestamptz NOT NULL,
    -- from when on it signs, if none is newer: every process knows it by then. Earlier keys are accepted until what they
    -- signed before has expired; a time in the past ends them at once.
    signs_from timestamptz NOT NULL
);
REVOKE ALL ON token_keys FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON token_keys TO vault_writer;
