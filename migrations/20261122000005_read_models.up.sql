-- Read models: derived from the log alone, rebuilt at will. A rebuild fills a copy in read_models_next and swaps it in.
CREATE SCHEMA read_models;
CREATE SCHEMA read_models_next;
GRANT USAGE ON SCHEMA read_models TO vault_reader, vault_writer;
GRANT USAGE ON SCHEMA read_models_next TO vault_writer;

CREATE TABLE read_models.datasets (
    tenant_id   uuid        NOT NULL,
    dataset_id  uuid        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('active', 'archived', 'deleted')),
    name        text        NOT NULL,
    description text,
    task_type   text,
    tags        text[]      NOT NULL,
    schema      json,
    settings    json,
    -- of the dataset's stream: the entity tag
    sequence    bigint      NOT NULL,
    created_by  uuid,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, dataset_id)
);
CREATE INDEX ON read_models.datasets (tenant_id, created_at, dataset_id);
CREATE INDEX ON read_models.datasets (tenant_id, updated_at, dataset_id);
CREATE INDEX ON read_models.datasets (tenant_id, name, dataset_id);
CREATE INDEX ON read_models.datasets USING gin (tags);

CREATE TABLE read_models.records (
    tenant_id        uuid        NOT NULL,
    dataset_id       uuid        NOT NULL,
    record_id        uuid        NOT NULL,
    -- the address of the ciphertext
    content          bytea       NOT NULL,
    size_bytes       bigint      NOT NULL,
    external_id_hash bytea,
    external_id      bytea,
    -- in clear but for values with a finding, which stand in metadata_sealed alone
    metadata         jsonb,
    metadata_sealed  bytea,
    pii_counts       jsonb       NOT NULL,
    created_by       uuid,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (dataset_id, record_id)
);
CREATE UNIQUE INDEX ON read_models.records (dataset_id, external_id_hash) WHERE external_id_hash IS NOT NULL;
CREATE INDEX ON read_models.records (dataset_id, record_id) WHERE pii_counts <> '{}';

CREATE TABLE read_models.dataset_stats (
    tenant_id        uuid        NOT NULL,
    dataset_id       uuid        NOT NULL,
    record_count     bigint      NOT NULL,
    size_bytes       bigint      NOT NULL,
    records_with_pii bigint      NOT NULL,
    pii_counts       jsonb       NOT NULL,
    last_added_at    timestamptz,
    PRIMARY KEY (tenant_id, dataset_id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['datasets', 'records', 'dataset_stats'] LOOP
        CALL isolate_tenants(format('read_models.%I', name)::regclass);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON read_models.%I TO vault_writer', name);
    END LOOP;
END
$$;

-- How far each projector has read. A row and its projector's rows are moved in one transaction.
CREATE TABLE projection_checkpoints (
    projection       text PRIMARY KEY,
    position         bigint      NOT NULL,
    updated_at       timestamptz NOT NULL,
    -- the event at which the projector stopped, and the kind of fault
    stopped_position bigint,
    stopped_reason   text
);
GRANT SELECT ON projection_checkpoints TO vault_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON projection_checkpoints TO vault_writer;

-- The two steps of a rebuild that need DDL. They touch the named read models and nothing else.
CREATE FUNCTION begin_read_model_copy(model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF model NOT IN ('datasets', 'records', 'dataset_stats') THEN
        RAISE EXCEPTION 'no such read model' USING ERRCODE = 'undefined_table';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS read_models_next.%I', model);
    EXECUTE format('CREATE TABLE read_models_next.%I (LIKE read_models.%I INCLUDING ALL)', model, model);
    CALL public.isolate_tenants(format('read_models_next.%I', model)::regclass);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON read_models_next.%I TO vault_writer', model);
END
$$;

CREATE FUNCTION swap_read_model_copy(model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF model NOT IN ('datasets', 'records', 'dataset_stats') THEN
        RAISE EXCEPTION 'no such read model' USING ERRCODE = 'undefined_table';
    END IF;
    EXECUTE format('DROP TABLE read_models.%I', model);
    EXECUTE format('ALTER TABLE read_models_next.%I SET SCHEMA read_models', model);
END
$$;
REVOKE EXECUTE ON FUNCTION begin_read_model_copy, swap_read_model_copy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_read_model_copy, swap_read_model_copy TO vault_writer;
