-- Finding places in the log by halving, as positions, a tenant's positions and times all rise together: a page of the log,
-- or the state as of a time, costs the same at any depth. Where events were archived, the next one that is left decides.

-- The first of a tenant's positions whose event stands after a position of the log; one beyond its last if none does.
CREATE FUNCTION tenant_position_after(tenant uuid, log_position bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public
    AS $$
DECLARE
    low    bigint := 1;
    high   bigint;
    middle bigint;
    found  record;
BEGIN
    SELECT coalesce(max(tenant_position), 0) + 1 INTO high FROM events WHERE tenant_id = tenant;
    WHILE low < high LOOP
        middle := (low + high) / 2;
        SELECT e.tenant_position, e.position INTO found FROM events e
        WHERE e.tenant_id = tenant AND e.tenant_position >= middle ORDER BY e.tenant_position LIMIT 1;
        IF found.position > log_position THEN
            high := middle;
        ELSE
            low := found.tenant_position + 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

-- The first of a tenant's positions whose event was recorded at or after a time; one beyond its last if none was.
CREATE FUNCTION tenant_position_from(tenant uuid, moment timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public
    AS $$
DECLARE
    low    bigint := 1;
    high   bigint;
    middle bigint;
    found  record;
BEGIN
    SELECT coalesce(max(tenant_position), 0) + 1 INTO high FROM events WHERE tenant_id = tenant;
    WHILE low < high LOOP
        middle := (low + high) / 2;
        SELECT e.tenant_position, e.recorded_at INTO found FROM events e
        WHERE e.tenant_id = tenant AND e.tenant_position >= middle ORDER BY e.tenant_position LIMIT 1;
        IF found.recorded_at >= moment THEN
            high := middle;
        ELSE
            low := found.tenant_position + 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

-- The last position of the log whose event was recorded by a time; 0 if none was.
CREATE FUNCTION position_at(moment timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public
    AS $$
DECLARE
    low    bigint := 1;
    high   bigint;
    middle bigint;
    found  record;
BEGIN
    SELECT coalesce(max(position), 0) + 1 INTO high FROM events;
    WHILE low < high LOOP
        middle := (low + high) / 2;
        SELECT e.position, e.recorded_at INTO found FROM events e
        WHERE e.position >= middle ORDER BY e.position LIMIT 1;
        IF found.recorded_at > moment THEN
            high := middle;
        ELSE
            low := found.position + 1;
        END IF;
    END LOOP;
    RETURN low - 1;
END
$$;

-- A record's place in the log, for the records as of a position.
ALTER TABLE read_models.records ADD COLUMN position bigint;
-- the owner fills it in, of all tenants: that takes a moment without the force of row-level security, under the lock of
-- this migration
ALTER TABLE events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE read_models.records NO FORCE ROW LEVEL SECURITY;
UPDATE read_models.records r SET position = added.position
FROM (SELECT e.position, e.tenant_id, (e.payload ->> 'dataset_id')::uuid AS dataset_id,
             (json_array_elements(e.payload -> 'records') ->> 'record_id')::uuid AS record_id
      FROM events e WHERE e.event_type = 'records.added') added
WHERE r.tenant_id = added.tenant_id AND r.dataset_id = added.dataset_id AND r.record_id = added.record_id;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
ALTER TABLE read_models.records FORCE ROW LEVEL SECURITY;
ALTER TABLE read_models.records ALTER COLUMN position SET NOT NULL;
-- rows are written in the order of the log, so the ranges of blocks are narrow and cost next to nothing
CREATE INDEX ON read_models.records USING brin (position) WITH (autosummarize = on);
