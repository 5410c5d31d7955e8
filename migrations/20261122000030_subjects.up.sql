-- Subjects: persons whom records are about, each with keys of their own, and their erasure.

-- The keys that wrap subjects' keys once more. The keys themselves are in no database; here stands which there are.
CREATE TABLE erasure_epochs (
    epoch_id   uuid        PRIMARY KEY,
    started_at timestamptz NOT NULL,
    -- since when nothing new is wrapped with it
    closed_at  timestamptz,
    -- since when nothing is wrapped with it that is to be opened: its key is destroyed
    ended_at   timestamptz CHECK (ended_at IS NULL OR closed_at IS NOT NULL)
);
-- one at a time wraps what is new
CREATE UNIQUE INDEX erasure_epochs_open ON erasure_epochs ((true)) WHERE closed_at IS NULL;
REVOKE ALL ON erasure_epochs FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (closed_at, ended_at) ON erasure_epochs TO vault_writer;
GRANT SELECT ON erasure_epochs TO vault_reader;

-- The epoch whose key wraps a subject's key once more; no other keys have one.
ALTER TABLE data_keys
    ADD COLUMN epoch_id uuid,
    ADD CHECK ((epoch_id IS NOT NULL) = (scope_type = 'subject'));
CREATE INDEX data_keys_epoch ON data_keys (epoch_id, tenant_id, key_id) WHERE epoch_id IS NOT NULL;

-- What there is to remove when a subject is erased; written with the records, removed with what it tells of.
CREATE TABLE subject_records (
    tenant_id        uuid   NOT NULL,
    subject_id       uuid   NOT NULL,
    record_id        uuid   NOT NULL,
    dataset_id       uuid   NOT NULL,
    address          bytea  NOT NULL,
    size_bytes       bigint NOT NULL,
    pii_counts       jsonb  NOT NULL,
    -- of the claim that holds the record's external id
    external_id_hash bytea,
    PRIMARY KEY (tenant_id, subject_id, record_id)
);
CALL isolate_tenants('subject_records');
GRANT SELECT, INSERT, DELETE ON subject_records TO vault_writer;

-- Erasures, and how far they are; written with `subject.erased`.
CREATE TABLE erasures (
    tenant_id      uuid        NOT NULL,
    subject_id     uuid        NOT NULL,
    epoch_id       uuid        NOT NULL,
    erased_at      timestamptz NOT NULL,
    -- when what the keys sealed was removed, and the log says so
    purged_at      timestamptz,
    -- when the epoch's key was destroyed, and the log says so
    epoch_ended_at timestamptz,
    PRIMARY KEY (tenant_id, subject_id)
);
CREATE INDEX erasures_unfinished ON erasures (erased_at) WHERE purged_at IS NULL OR epoch_ended_at IS NULL;
CALL isolate_tenants('erasures');
GRANT SELECT, INSERT, UPDATE (purged_at, epoch_ended_at) ON erasures TO vault_writer;

-- Beside what it wrote before: subjects' records, and the end of a subject's keys. A key for an epoch that is closed is
-- refused (SQLSTATE 23V01), and its append with it: what is moved to the next epoch must not be added to. So is an
-- erasure that names another epoch than its keys have.
CREATE OR REPLACE PROCEDURE insert_rare_rows(rows jsonb)
    LANGUAGE plpgsql
    AS $$
DECLARE
    key_epoch uuid;
BEGIN
    INSERT INTO tenants SELECT * FROM jsonb_populate_recordset(NULL::tenants, rows -> 'tenants');
    INSERT INTO tenant_keys SELECT * FROM jsonb_populate_recordset(NULL::tenant_keys, rows -> 'tenant_keys');
    FOR key_epoch IN
        SELECT DISTINCT k.epoch_id FROM jsonb_populate_recordset(NULL::data_keys, rows -> 'data_keys') k
         WHERE k.epoch_id IS NOT NULL
    LOOP
        PERFORM FROM erasure_epochs e WHERE e.epoch_id = key_epoch AND e.closed_at IS NULL FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the erasure epoch is closed' USING ERRCODE = '23V01';
        END IF;
    END LOOP;
    INSERT INTO data_keys SELECT * FROM jsonb_populate_recordset(NULL::data_keys, rows -> 'data_keys');
    INSERT INTO credentials SELECT * FROM jsonb_populate_recordset(NULL::credentials, rows -> 'credentials');
    INSERT INTO api_keys SELECT * FROM jsonb_populate_recordset(NULL::api_keys, rows -> 'api_keys')
        ON CONFLICT (tenant_id, key_id) DO UPDATE
            SET secret_hash = excluded.secret_hash, hint = excluded.hint, previous_hash = excluded.previous_hash,
                previous_until = excluded.previous_until, rotated_at = excluded.rotated_at,
                ended_at = excluded.ended_at, is_revoked = excluded.is_revoked;
    INSERT INTO credential_changes (tenant_id, subject_id)
        SELECT tenant_id, key_id FROM jsonb_populate_recordset(NULL::api_keys, rows -> 'api_keys')
        ON CONFLICT (tenant_id, subject_id) DO UPDATE SET changed_at = excluded.changed_at;
    INSERT INTO second_factors SELECT * FROM jsonb_populate_recordset(NULL::second_factors, rows -> 'second_factors')
        ON CONFLICT (tenant_id, user_id) DO UPDATE
            SET secret = excluded.secret, confirmed_at = excluded.confirmed_at,
                last_step = greatest(second_factors.last_step, excluded.last_step),
                recovery_codes = excluded.recovery_codes;
    INSERT INTO subject_records
    SELECT * FROM jsonb_populate_recordset(NULL::subject_records, rows -> 'subject_records');
    IF rows ? 'erasures' THEN
        FOR key_epoch IN
            DELETE FROM data_keys k
             USING jsonb_populate_recordset(NULL::erasures, rows -> 'erasures') e
             WHERE k.tenant_id = e.tenant_id AND k.scope_type = 'subject' AND k.scope_id = e.subject_id
            RETURNING nullif(k.epoch_id, e.epoch_id)
        LOOP
            -- they were moved since the caller looked
            IF key_epoch IS NOT NULL THEN
                RAISE EXCEPTION 'the keys are of another erasure epoch' USING ERRCODE = '23V01';
            END IF;
        END LOOP;
        INSERT INTO erasures SELECT * FROM jsonb_populate_recordset(NULL::erasures, rows -> 'erasures');
    END IF;
END
$$;

-- A record's subject. What its keys sealed stays sealed here, so that nothing of it is left in dead rows.
ALTER TABLE read_models.records
    ADD COLUMN subject_id uuid;
CREATE INDEX ON read_models.records (tenant_id, subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE read_models.subjects (
    tenant_id     uuid        NOT NULL,
    subject_id    uuid        NOT NULL,
    status        text        NOT NULL CHECK (status IN ('active', 'restricted', 'erased')),
    held          boolean     NOT NULL,
    registered_at timestamptz NOT NULL,
    -- where the log says that it was erased, that what its keys sealed was removed, and that its epoch has ended
    erased_position      bigint,
    purged_position      bigint,
    epoch_ended_position bigint,
    PRIMARY KEY (tenant_id, subject_id)
);
CALL isolate_tenants('read_models.subjects');
GRANT SELECT, INSERT, UPDATE, DELETE ON read_models.subjects TO vault_writer;

-- The same as before, with the new read model.
CREATE OR REPLACE FUNCTION begin_read_models_as_of(log_position bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    copy  text := 'read_models_as_of_' || log_position;
    model text;
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', copy);
    EXECUTE format('CREATE SCHEMA %I', copy);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO vault_reader, vault_writer', copy);
    FOREACH model IN ARRAY ARRAY['datasets', 'records', 'dataset_stats', 'subjects'] LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE read_models.%I INCLUDING ALL)', copy, model, model);
        CALL public.isolate_tenants(format('%I.%I', copy, model)::regclass);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO vault_writer', copy, model);
    END LOOP;
    RETURN copy;
END
$$;
