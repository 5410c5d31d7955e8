-- The log: the source of truth, and the audit log. The first columns are the layout of postgres-es.
CREATE TABLE events (
    -- types and UUIDs, whose order means nothing: compared as bytes, not by a language's rules
    aggregate_type  text        COLLATE "C" NOT NULL,
    aggregate_id    text        COLLATE "C" NOT NULL,
    sequence        bigint      NOT NULL CHECK (sequence > 0),
    event_type      text        NOT NULL,
    event_version   text        NOT NULL,
    -- json, never jsonb: the bytes are what was hashed
    payload         json        NOT NULL CHECK (octet_length(payload::text) <= 262144),
    metadata        json        NOT NULL,
    -- global, gap-free, in commit order
    position        bigint      NOT NULL,
    -- gap-free within the tenant
    tenant_position bigint      NOT NULL,
    event_id        uuid        NOT NULL,
    tenant_id       uuid        NOT NULL,
    -- never before its predecessor's
    recorded_at     timestamptz NOT NULL,
    -- SHA-256 of the event in RFC 8785 canonical JSON
    event_hash      bytea       NOT NULL,
    -- RFC 6962 leaf hash of the 48-byte entry: position, tenant position, event hash
    leaf_hash       bytea       NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);
CREATE UNIQUE INDEX events_position ON events (position);
CREATE UNIQUE INDEX events_event_id ON events (event_id);
CREATE UNIQUE INDEX events_tenant_position ON events (tenant_id, tenant_position);
CALL isolate_tenants('events');
GRANT SELECT, INSERT ON events TO vault_writer;
GRANT SELECT, DELETE ON events TO vault_archiver;

CREATE FUNCTION refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_user = 'vault_archiver' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- What one group commit wrote, vouched for by a key that the database does not hold.
CREATE TABLE event_batches (
    first_position bigint PRIMARY KEY,
    last_position  bigint NOT NULL,
    -- HMAC-SHA-256 over the hashes of all events that were submitted, in order
    mac            bytea  NOT NULL,
    -- the hashes that were submitted and refused: 4 bytes of index, 32 of hash, each
    refused        bytea  NOT NULL
);
GRANT SELECT, INSERT ON event_batches TO vault_writer;
CREATE TRIGGER event_batches_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_batches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- Is this dataset (or draft, later) open? Checked and set in the transaction of the events.
CREATE TABLE guards (
    tenant_id  uuid    NOT NULL,
    guard_type text    NOT NULL,
    guard_id   uuid    NOT NULL,
    is_open    boolean NOT NULL,
    PRIMARY KEY (tenant_id, guard_type, guard_id)
);
CALL isolate_tenants('guards');
GRANT SELECT, INSERT, UPDATE ON guards TO vault_writer;

-- Unique names, as keyed hashes: of datasets, emails, external record ids within a draft.
CREATE TABLE claims (
    tenant_id  uuid  NOT NULL,
    claim_type text  NOT NULL,
    scope_id   uuid  NOT NULL,
    key_hash   bytea NOT NULL,
    holder_id  uuid  NOT NULL,
    PRIMARY KEY (tenant_id, claim_type, scope_id, key_hash)
);
CALL isolate_tenants('claims');
GRANT SELECT, INSERT, DELETE ON claims TO vault_writer;

-- Aggregate states, so that long streams load fast. Any row may be dropped at any time.
CREATE TABLE snapshots (
    aggregate_type text    NOT NULL,
    aggregate_id   text    NOT NULL,
    tenant_id      uuid    NOT NULL,
    sequence       bigint  NOT NULL,
    state_version  integer NOT NULL,
    state          json    NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id)
);
CALL isolate_tenants('snapshots');
GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots TO vault_writer;
