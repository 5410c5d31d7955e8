-- The archive: closed, verified ranges of old events, as compressed bundles in an object store. A bundle holds all events
-- of its range. Their rows may go from the log then, all but each stream's last. Ranges follow one another from position 1.

CREATE TABLE archived_ranges (
    first_position bigint      PRIMARY KEY,
    last_position  bigint      NOT NULL UNIQUE CHECK (last_position >= first_position),
    object_name    text        NOT NULL,
    size_bytes     bigint      NOT NULL,
    sha256         bytea       NOT NULL,
    archived_at    timestamptz NOT NULL,
    -- since when rows of the range may be missing from the log
    removed_at     timestamptz
);

-- A bundle is read block by block: each is compressed by itself.
CREATE TABLE archived_blocks (
    first_position    bigint      PRIMARY KEY,
    last_position     bigint      NOT NULL UNIQUE,
    range_position    bigint      NOT NULL REFERENCES archived_ranges,
    offset_bytes      bigint      NOT NULL,
    size_bytes        bigint      NOT NULL,
    sha256            bytea       NOT NULL,
    first_recorded_at timestamptz NOT NULL,
    last_recorded_at  timestamptz NOT NULL
);
CREATE INDEX archived_blocks_recorded_at ON archived_blocks (first_recorded_at);

-- Which blocks hold events of a tenant.
CREATE TABLE archived_tenants (
    tenant_id      uuid   NOT NULL,
    -- the tenant's last event in the block
    last_position  bigint NOT NULL,
    block_position bigint NOT NULL REFERENCES archived_blocks,
    PRIMARY KEY (tenant_id, last_position)
);
CALL isolate_tenants('archived_tenants');

-- Which blocks hold events of a stream that the log itself no longer has.
CREATE TABLE archived_streams (
    aggregate_id   text   COLLATE "C" NOT NULL,
    aggregate_type text   COLLATE "C" NOT NULL,
    block_position bigint NOT NULL REFERENCES archived_blocks,
    tenant_id      uuid   NOT NULL,
    -- the stream's last event in the block
    last_sequence  bigint NOT NULL,
    PRIMARY KEY (aggregate_id, aggregate_type, block_position)
);
CALL isolate_tenants('archived_streams');

GRANT SELECT ON archived_ranges, archived_blocks TO vault_reader, vault_writer, vault_archiver;
GRANT SELECT ON archived_tenants, archived_streams TO vault_writer, vault_archiver;
GRANT INSERT ON archived_ranges, archived_blocks, archived_tenants, archived_streams TO vault_archiver;
GRANT UPDATE (removed_at) ON archived_ranges TO vault_archiver;
GRANT SELECT ON log_checkpoints TO vault_archiver;

-- The archiver works on all tenants. Its rights, and the triggers below, say what it may do with their rows.
CREATE POLICY archiver ON events TO vault_archiver USING (true);
CREATE POLICY archiver ON archived_tenants TO vault_archiver USING (true);
CREATE POLICY archiver ON archived_streams TO vault_archiver USING (true);

CREATE TRIGGER archived_ranges_append_only
    BEFORE UPDATE OF first_position, last_position, object_name, size_bytes, sha256, archived_at OR DELETE OR TRUNCATE
    ON archived_ranges FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER archived_blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_blocks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER archived_tenants_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_tenants
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER archived_streams_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_streams
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- A range begins where the one before ends, and is sealed.
CREATE FUNCTION check_archived_range() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.first_position <> coalesce((SELECT max(r.last_position) FROM archived_ranges r), 0) + 1
       OR NEW.last_position > coalesce((SELECT max(c.size) FROM log_checkpoints c), 0)
       OR NEW.removed_at IS NOT NULL THEN
        RAISE EXCEPTION 'the range from % to % is not the next one that can be archived',
            NEW.first_position, NEW.last_position USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER archived_ranges_in_order BEFORE INSERT ON archived_ranges
    FOR EACH ROW EXECUTE FUNCTION check_archived_range();

-- Whoever removes events, with whatever right: each must be in the archive, be found there by its stream, and have a later
-- event of its stream in the log.
CREATE FUNCTION refuse_removal() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM removed r
         WHERE NOT EXISTS (
                   SELECT FROM archived_streams s
                     JOIN archived_blocks b ON b.first_position = s.block_position
                     JOIN archived_ranges a ON a.first_position = b.range_position
                    WHERE s.aggregate_id = r.aggregate_id AND s.aggregate_type = r.aggregate_type
                      AND r.position BETWEEN b.first_position AND b.last_position AND a.removed_at IS NOT NULL)
            OR NOT EXISTS (
                   SELECT FROM events e
                    WHERE e.aggregate_type = r.aggregate_type AND e.aggregate_id = r.aggregate_id
                      AND e.sequence > r.sequence))
    THEN
        RAISE EXCEPTION 'events are removed from archived ranges only, and never a stream''s last'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER events_removed_when_archived AFTER DELETE ON events
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();

-- Removes the rows of an archived range, all but each stream's last, and with them the rows of these streams that stayed
-- in earlier ranges because they were the last. Returns how many; null when an earlier range waits.
CREATE FUNCTION remove_archived_range(p_first bigint, p_now timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    -- a plan that was made while tables were small would scan them for as long as it is kept
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    AS $$
DECLARE
    range_last bigint;
    removed    bigint;
BEGIN
    SELECT r.last_position INTO STRICT range_last FROM archived_ranges r WHERE r.first_position = p_first FOR UPDATE;
    IF EXISTS (SELECT FROM archived_ranges r WHERE r.first_position < p_first AND r.removed_at IS NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE archived_ranges r SET removed_at = p_now WHERE r.first_position = p_first AND r.removed_at IS NULL;

    INSERT INTO archived_streams (aggregate_id, aggregate_type, block_position, tenant_id, last_sequence)
    SELECT e.aggregate_id, e.aggregate_type, b.first_position, e.tenant_id, max(e.sequence)
      FROM (SELECT DISTINCT s.aggregate_type, s.aggregate_id FROM events s
             WHERE s.position BETWEEN p_first AND range_last) t
      JOIN events e ON e.aggregate_type = t.aggregate_type AND e.aggregate_id = t.aggregate_id
     CROSS JOIN LATERAL (
           SELECT k.first_position FROM archived_blocks k
            WHERE k.first_position <= e.position ORDER BY k.first_position DESC LIMIT 1) b
     WHERE e.position <= range_last
     GROUP BY e.aggregate_id, e.aggregate_type, b.first_position, e.tenant_id
    HAVING EXISTS (SELECT FROM events later
                    WHERE later.aggregate_type = e.aggregate_type AND later.aggregate_id = e.aggregate_id
                      AND later.sequence > min(e.sequence))
        ON CONFLICT DO NOTHING;

    DELETE FROM events e
     USING (SELECT DISTINCT s.aggregate_type, s.aggregate_id FROM events s
             WHERE s.position BETWEEN p_first AND range_last) t
     WHERE e.aggregate_type = t.aggregate_type AND e.aggregate_id = t.aggregate_id AND e.position <= range_last
       AND EXISTS (SELECT FROM events later
                    WHERE later.aggregate_type = e.aggregate_type AND later.aggregate_id = e.aggregate_id
                      AND later.sequence > e.sequence);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
REVOKE EXECUTE ON FUNCTION remove_archived_range FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_archived_range TO vault_archiver;
