-- The keys that sign the log's heads, the witnesses that sign them too, and the origins that a log goes on under after a
-- restore.

-- One signs, the others have signed before it. A seed is random and wrapped by the root key, or stands in a key file, or
-- is derived from the root key, as that of logs that are older than this table.
CREATE TABLE log_signing_keys (
    id           uuid        PRIMARY KEY,
    -- Ed25519
    public_key   bytea       NOT NULL UNIQUE CHECK (octet_length(public_key) = 32),
    source       text        NOT NULL CHECK (source IN ('root', 'stored', 'file')),
    -- which KMS wrapped the seed, under which of its keys; nothing once the key has retired
    provider     text,
    kms_key      text,
    wrapped_seed bytea       CHECK (octet_length(wrapped_seed) <= 4096),
    -- a MAC under a key that the database does not hold: a key that was put in by hand has none
    voucher      bytea       NOT NULL CHECK (octet_length(voucher) = 32),
    -- the first and the last tree that it signed; both keys sign the tree of the handover
    first_size   bigint      NOT NULL,
    last_size    bigint,
    created_at   timestamptz NOT NULL,
    retired_at   timestamptz,
    CHECK (num_nulls(provider, kms_key, wrapped_seed) IN (0, 3)),
    CHECK (num_nulls(last_size, retired_at) IN (0, 2)),
    CHECK (retired_at IS NULL OR wrapped_seed IS NULL)
);
CREATE UNIQUE INDEX log_signing_keys_one_signs ON log_signing_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;

ALTER TABLE log_verifiers
    -- the last tree that the key signed under this name; none while it signs
    ADD COLUMN last_size bigint,
    -- that this key follows another, signed by that one
    ADD COLUMN handover  text CHECK (octet_length(handover) <= 4096);

-- A log that was put back to an earlier point goes on under a new origin, and says so.
ALTER TABLE log_origins
    -- how many events it shares with the origin before, and their root
    ADD COLUMN agreed_size bigint,
    ADD COLUMN agreed_root bytea CHECK (octet_length(agreed_root) = 32),
    -- the last head of the origin before that was known: how many events it covers, and its note
    ADD COLUMN old_size    bigint,
    ADD COLUMN old_head    text CHECK (octet_length(old_head) <= 65536),
    -- all this, signed under both names
    ADD COLUMN statement   text CHECK (octet_length(statement) <= 65536),
    -- the operator's words
    ADD COLUMN reason      text CHECK (char_length(reason) BETWEEN 1 AND 500),
    ADD CHECK (num_nulls(agreed_size, agreed_root, old_size, old_head, statement, reason)
               = CASE WHEN number = 1 THEN 6 ELSE 0 END);

-- The first tree of a new origin is the last of the one before.
ALTER TABLE log_checkpoints ADD COLUMN origin integer NOT NULL DEFAULT 1 REFERENCES log_origins;
ALTER TABLE log_checkpoints DROP CONSTRAINT log_checkpoints_pkey, ADD PRIMARY KEY (size, origin);

-- What others than the signing key of its time signed of a checkpoint: witnesses (C2SP tlog-cosignature), and the next
-- key of the log at a handover. Each line follows the checkpoint's note.
CREATE TABLE log_cosignatures (
    size      bigint      NOT NULL,
    origin    integer     NOT NULL,
    -- name and key id, with a plus sign between
    signer    text        NOT NULL,
    line      text        NOT NULL CHECK (octet_length(line) <= 1024),
    stored_at timestamptz NOT NULL,
    PRIMARY KEY (size, origin, signer),
    FOREIGN KEY (size, origin) REFERENCES log_checkpoints
);
CREATE INDEX log_cosignatures_newest ON log_cosignatures (signer, origin, size);

-- How each witness answered last.
CREATE TABLE log_witnesses (
    signer   text        PRIMARY KEY,
    -- the size of the tree that it says it cosigned last
    size     bigint      NOT NULL,
    -- why it does not cosign, if it does not, and whether that puts the log in doubt
    trouble  text,
    alarm    boolean     NOT NULL,
    asked_at timestamptz NOT NULL
);

CREATE TRIGGER log_cosignatures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER log_origins_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_origins
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
GRANT INSERT ON log_origins TO vault_writer;
GRANT UPDATE (last_size) ON log_verifiers TO vault_writer;
GRANT SELECT, INSERT ON log_signing_keys, log_cosignatures TO vault_writer;
GRANT UPDATE (provider, kms_key, wrapped_seed, last_size, retired_at) ON log_signing_keys TO vault_writer;
GRANT SELECT, INSERT, UPDATE ON log_witnesses TO vault_writer;
