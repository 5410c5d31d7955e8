-- The Merkle tree over the log (RFC 6962), kept as the tiles of C2SP tlog-tiles, and its signed heads. Anybody who knew
-- an earlier head sees by them whether history was rewritten; none of it is secret.

-- The name that the log signs under. A log that goes on from an earlier point gets a new one.
CREATE TABLE log_origins (
    number   integer     PRIMARY KEY,
    origin   text        NOT NULL UNIQUE,
    begun_at timestamptz NOT NULL
);
INSERT INTO log_origins VALUES (1, 'llm-data-vault/' || gen_random_uuid(), now());

-- The hashes of one tile, 32 bytes each: 256, or fewer at the right edge of the tree.
CREATE TABLE log_tiles (
    level  smallint NOT NULL,
    number bigint   NOT NULL,
    hashes bytea    NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (level, number)
);
-- hashes do not compress
ALTER TABLE log_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE log_checkpoints (
    -- how many events the tree covers
    size      bigint      PRIMARY KEY,
    root      bytea       NOT NULL,
    -- the signed note, C2SP tlog-checkpoint
    note      text        NOT NULL,
    signed_at timestamptz NOT NULL
);

-- The public keys of checkpoints, and from which size on each has signed.
CREATE TABLE log_verifiers (
    verifier   text   PRIMARY KEY,
    first_size bigint NOT NULL
);

-- Why sealing stands still, if it does.
CREATE TABLE log_seal_refusals (
    position   bigint      PRIMARY KEY,
    reason     text        NOT NULL,
    refused_at timestamptz NOT NULL
);

-- How the vault's own verification of the whole log ended last.
CREATE TABLE log_audits (
    only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    events      bigint      NOT NULL,
    -- what is wrong, if anything is
    finding     text,
    finished_at timestamptz NOT NULL
);

GRANT SELECT ON log_audits TO vault_reader;
GRANT SELECT, INSERT, UPDATE ON log_audits TO vault_writer;
GRANT SELECT ON log_origins, log_tiles, log_checkpoints, log_verifiers, log_seal_refusals TO vault_reader;
GRANT SELECT ON log_origins TO vault_writer;
GRANT SELECT, INSERT, UPDATE ON log_tiles TO vault_writer;
GRANT SELECT, INSERT ON log_checkpoints, log_verifiers TO vault_writer;
GRANT SELECT, INSERT, DELETE ON log_seal_refusals TO vault_writer;
CREATE TRIGGER log_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
