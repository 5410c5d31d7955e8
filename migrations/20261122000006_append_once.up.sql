-- Sends what the events of an append share once, and guards that several appends need once; takes JSON as JSON.
DROP FUNCTION append_batch;

-- One group commit. Judges every append of the batch by itself, writes those that hold, and says what became of each.
--
-- a_*  one element per append        e_*  one per event, in order of append        t_*  one per distinct tenant
-- g_*  one per distinct guard that is needed                                       n_*  which append needs which of them
-- s_*  guards to set                 c_*  claims to take                           r_*  claims to give up
-- x_*  contents                      i_*  idempotency rows                         k_*  rare rows
-- Every *_append element is the 1-based number of its append, a_tenant_number that of its tenant. What all events of an
-- append share is given once: PL/pgSQL holds its arrays expanded, so any element is found at once. The caller sees to it
-- that no two appends of one batch touch the same stream, claim or idempotency key, and that none sets a guard that
-- another needs. Arrays from g_* on are NULL when they have no elements.
--
-- statuses: 0 done, 1 sequence differs (actual_sequences), 2 other tenant's stream, 3 guard missing, 4 guard closed,
-- 5 claim taken (taken_claims, taken_holders), 6 idempotency key known.
-- When the batch is stamped before the log's last event, nothing is written and statuses is null: stamp it anew.
CREATE FUNCTION append_batch(
    p_recorded_at timestamptz,
    p_mac bytea,
    a_tenant uuid[], a_tenant_number int[], a_type text[], a_stream text[], a_expected bigint[], a_metadata json[],
    t_tenant uuid[],
    e_append int[], e_tenant_ordinal int[], e_sequence bigint[], e_event_type text[], e_event_version text[],
    e_payload json[], e_id uuid[], e_hash bytea[],
    g_tenant uuid[], g_type text[], g_id uuid[],
    n_append int[], n_guard int[],
    s_append int[], s_type text[], s_id uuid[], s_open boolean[],
    c_append int[], c_type text[], c_scope uuid[], c_key bytea[], c_holder uuid[],
    r_append int[], r_type text[], r_scope uuid[], r_key bytea[],
    x_append int[], x_dataset uuid[], x_address bytea[], x_ciphertext bytea[],
    i_append int[], i_key bytea[], i_body bytea[], i_status smallint[], i_event uuid[], i_expires_at timestamptz[],
    k_append int[], k_rows jsonb[],
    OUT head_position bigint, OUT head_recorded_at timestamptz,
    OUT statuses int[], OUT actual_sequences bigint[], OUT taken_claims int[], OUT taken_holders uuid[]
)
    LANGUAGE plpgsql
    AS $$
DECLARE
    -- 0 while every append holds; then the number refused, the slow path
    refused int := 0;
    -- events refused before this append: in all, and of its tenant
    shift int[];
    tenant_shift int[];
    tenant_heads bigint[];
    -- 0 open, 3 missing, 4 closed
    guard_statuses int[];
    refused_hashes bytea := '\x';
    written bigint;
    found_number int;
BEGIN
    PERFORM pg_advisory_xact_lock(7165721011);

    SELECT e.position, e.recorded_at INTO head_position, head_recorded_at
      FROM events e ORDER BY e.position DESC LIMIT 1;
    head_position := coalesce(head_position, 0);
    IF head_recorded_at > p_recorded_at THEN
        RETURN;
    END IF;

    -- most batches hold new streams only, which nothing has to be said of one by one
    IF a_expected = array_fill(0::bigint, ARRAY[cardinality(a_expected)])
       AND NOT EXISTS (
           SELECT FROM unnest(a_type, a_stream) AS a(type, stream)
            CROSS JOIN LATERAL (
                 SELECT FROM events e WHERE e.aggregate_type = a.type AND e.aggregate_id = a.stream LIMIT 1) h)
    THEN
        statuses := array_fill(0, ARRAY[cardinality(a_expected)]);
        actual_sequences := a_expected;
    ELSE
        SELECT array_agg(CASE
                   WHEN h.tenant_id <> a.tenant THEN 2
                   WHEN coalesce(h.sequence, 0) <> a.expected THEN 1
                   ELSE 0 END ORDER BY a.n),
               array_agg(coalesce(h.sequence, 0) ORDER BY a.n)
          INTO statuses, actual_sequences
          FROM unnest(a_tenant, a_type, a_stream, a_expected) WITH ORDINALITY AS a(tenant, type, stream, expected, n)
          LEFT JOIN LATERAL (
              SELECT e.sequence, e.tenant_id FROM events e
               WHERE e.aggregate_type = a.type AND e.aggregate_id = a.stream
               ORDER BY e.sequence DESC LIMIT 1) h ON true;
    END IF;

    IF cardinality(c_append) > 0 THEN
        SELECT array_agg(c.n ORDER BY c.n), array_agg(t.holder_id ORDER BY c.n)
          INTO taken_claims, taken_holders
          FROM unnest(c_append, c_type, c_scope, c_key) WITH ORDINALITY AS c(append, type, scope, key, n)
         CROSS JOIN LATERAL (
              SELECT k.holder_id FROM claims k
               WHERE k.tenant_id = a_tenant[c.append] AND k.claim_type = c.type
                 AND k.scope_id = c.scope AND k.key_hash = c.key) t;
        IF taken_claims IS NOT NULL THEN
            FOREACH found_number IN ARRAY taken_claims LOOP
                statuses[c_append[found_number]] := 5;
            END LOOP;
        END IF;
    END IF;

    IF cardinality(n_append) > 0 THEN
        SELECT array_agg(CASE WHEN k.is_open IS NULL THEN 3 WHEN k.is_open THEN 0 ELSE 4 END ORDER BY g.n)
          INTO guard_statuses
          FROM unnest(g_tenant, g_type, g_id) WITH ORDINALITY AS g(tenant, type, id, n)
          LEFT JOIN LATERAL (
              SELECT k.is_open FROM guards k
               WHERE k.tenant_id = g.tenant AND k.guard_type = g.type AND k.guard_id = g.id) k ON true;
        IF guard_statuses && ARRAY[3, 4] THEN
            FOR found_number, written IN
                SELECT n.append, guard_statuses[n.guard]
                  FROM unnest(n_append, n_guard) AS n(append, guard)
                 WHERE guard_statuses[n.guard] <> 0
            LOOP
                statuses[found_number] := written;
            END LOOP;
        END IF;
    END IF;

    IF cardinality(i_append) > 0 THEN
        FOR found_number IN
            SELECT i.append
              FROM unnest(i_append, i_key) AS i(append, key)
             CROSS JOIN LATERAL (
                  SELECT 1 FROM idempotency_keys k
                   WHERE k.tenant_id = a_tenant[i.append] AND k.key_hash = i.key
                     AND k.expires_at > p_recorded_at) k
        LOOP
            statuses[found_number] := 6;
        END LOOP;
    END IF;

    IF statuses <> array_fill(0, ARRAY[cardinality(statuses)]) THEN
        SELECT count(*) INTO refused FROM unnest(statuses) AS s(status) WHERE s.status <> 0;
        IF refused = cardinality(statuses) THEN
            RETURN;
        END IF;
        WITH counted AS (
            SELECT a.n, a.tenant, count(e.append) FILTER (WHERE a.status <> 0) AS lost
              FROM unnest(a_tenant, statuses) WITH ORDINALITY AS a(tenant, status, n)
              LEFT JOIN unnest(e_append) AS e(append) ON e.append = a.n
             GROUP BY a.n, a.tenant)
        SELECT array_agg(c.before ORDER BY c.n), array_agg(c.tenant_before ORDER BY c.n)
          INTO shift, tenant_shift
          FROM (SELECT n, coalesce(sum(lost) OVER log, 0)::int AS before,
                       coalesce(sum(lost) OVER of_tenant, 0)::int AS tenant_before
                  FROM counted
                WINDOW log AS (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                       of_tenant AS (PARTITION BY tenant ORDER BY n
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) c;
        SELECT coalesce(string_agg(int4send((e.n - 1)::int) || e.hash, ''::bytea ORDER BY e.n), '\x')
          INTO refused_hashes
          FROM unnest(e_append, e_hash) WITH ORDINALITY AS e(append, hash, n)
         WHERE statuses[e.append] <> 0;
    END IF;

    SELECT array_agg(coalesce(h.tenant_position, 0) ORDER BY t.n) INTO tenant_heads
      FROM unnest(t_tenant) WITH ORDINALITY AS t(tenant, n)
      LEFT JOIN LATERAL (
          SELECT e.tenant_position FROM events e WHERE e.tenant_id = t.tenant
           ORDER BY e.tenant_position DESC LIMIT 1) h ON true;

    INSERT INTO events (
        aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
        position, tenant_position, event_id, tenant_id, recorded_at, event_hash, leaf_hash)
    SELECT a_type[e.append], a_stream[e.append], e.sequence, e.event_type, e.event_version, e.payload,
           a_metadata[e.append], p.position, p.tenant_position, e.id, a_tenant[e.append], p_recorded_at, e.hash,
           sha256('\x00'::bytea || int8send(p.position) || int8send(p.tenant_position) || e.hash)
      FROM unnest(e_append, e_tenant_ordinal, e_sequence, e_event_type, e_event_version, e_payload, e_id, e_hash)
           WITH ORDINALITY
           AS e(append, tenant_ordinal, sequence, event_type, event_version, payload, id, hash, n)
     CROSS JOIN LATERAL (
          SELECT head_position + e.n - coalesce(shift[e.append], 0) AS position,
                 tenant_heads[a_tenant_number[e.append]] + e.tenant_ordinal - coalesce(tenant_shift[e.append], 0)
                 AS tenant_position) p
     WHERE refused = 0 OR statuses[e.append] = 0;
    GET DIAGNOSTICS written = ROW_COUNT;

    INSERT INTO event_batches (first_position, last_position, mac, refused)
    VALUES (head_position + 1, head_position + written, p_mac, refused_hashes);

    IF cardinality(s_append) > 0 THEN
        INSERT INTO guards (tenant_id, guard_type, guard_id, is_open)
        SELECT a_tenant[s.append], s.type, s.id, s.open
          FROM unnest(s_append, s_type, s_id, s_open) AS s(append, type, id, open)
         WHERE statuses[s.append] = 0
            ON CONFLICT (tenant_id, guard_type, guard_id) DO UPDATE SET is_open = excluded.is_open;
    END IF;
    IF cardinality(r_append) > 0 THEN
        DELETE FROM claims k
         USING unnest(r_append, r_type, r_scope, r_key) AS r(append, type, scope, key)
         WHERE statuses[r.append] = 0 AND k.tenant_id = a_tenant[r.append] AND k.claim_type = r.type
           AND k.scope_id = r.scope AND k.key_hash = r.key;
    END IF;
    IF cardinality(c_append) > 0 THEN
        INSERT INTO claims (tenant_id, claim_type, scope_id, key_hash, holder_id)
        SELECT a_tenant[c.append], c.type, c.scope, c.key, c.holder
          FROM unnest(c_append, c_type, c_scope, c_key, c_holder) AS c(append, type, scope, key, holder)
         WHERE statuses[c.append] = 0;
    END IF;
    IF cardinality(x_append) > 0 THEN
        INSERT INTO record_contents (tenant_id, dataset_id, address, ciphertext)
        SELECT a_tenant[x.append], x.dataset, x.address, x.ciphertext
          FROM unnest(x_append, x_dataset, x_address, x_ciphertext) AS x(append, dataset, address, ciphertext)
         WHERE statuses[x.append] = 0
            ON CONFLICT (dataset_id, address) DO NOTHING;
    END IF;
    IF cardinality(i_append) > 0 THEN
        INSERT INTO idempotency_keys (tenant_id, key_hash, body_hash, status, event_id, expires_at)
        SELECT a_tenant[i.append], i.key, i.body, i.status, i.event, i.expires_at
          FROM unnest(i_append, i_key, i_body, i_status, i_event, i_expires_at)
               AS i(append, key, body, status, event, expires_at)
         WHERE statuses[i.append] = 0
            ON CONFLICT (tenant_id, key_hash) DO UPDATE
                SET body_hash = excluded.body_hash, status = excluded.status,
                    event_id = excluded.event_id, expires_at = excluded.expires_at;
    END IF;
    IF cardinality(k_append) > 0 THEN
        FOR found_number IN 1..cardinality(k_append) LOOP
            IF statuses[k_append[found_number]] = 0 THEN
                CALL insert_rare_rows(k_rows[found_number]);
            END IF;
        END LOOP;
    END IF;
END
$$;

-- Only the appender may call it.
REVOKE EXECUTE ON FUNCTION append_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_batch TO vault_writer;
