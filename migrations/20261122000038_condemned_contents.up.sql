-- Large contents that no record names, and since when that is known. They are removed from the object store when they
-- are still here after a time in which every addition that was under way has ended. Whoever stores such a content again
-- takes its row away first, and waits while it is being removed.
CREATE TABLE condemned_contents (
    tenant_id    uuid        NOT NULL,
    scope_type   text        NOT NULL,
    scope_id     uuid        NOT NULL,
    address      bytea       NOT NULL CHECK (octet_length(address) = 32),
    condemned_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, scope_type, scope_id, address)
);
CALL isolate_tenants('condemned_contents');
GRANT SELECT, INSERT, DELETE ON condemned_contents TO vault_writer;
