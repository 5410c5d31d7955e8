-- How far the log is published to others, and what stands in the way. A publisher is no read model: no write waits for
-- it, and no rebuild touches it.
CREATE TABLE publishers (
    publisher  text        PRIMARY KEY,
    -- everything up to here was acknowledged by the other side
    position   bigint      NOT NULL CHECK (position >= 0),
    updated_at timestamptz NOT NULL,
    -- why nothing is published, if so: never a secret, never a text of a client
    trouble    text        CHECK (char_length(trouble) <= 1000),
    trouble_at timestamptz,
    CHECK (num_nulls(trouble, trouble_at) IN (0, 2))
);
GRANT SELECT, INSERT, UPDATE ON publishers TO vault_writer;
