DROP FUNCTION drop_old_read_model(text);
DROP FUNCTION swap_read_model_back(text);
DROP FUNCTION drop_read_model_copy(text);

CREATE OR REPLACE FUNCTION begin_read_model_copy(model text) RETURNS void
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

CREATE OR REPLACE FUNCTION swap_read_model_copy(model text) RETURNS void
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

DROP FUNCTION check_read_model(text);
ALTER TABLE projection_checkpoints DROP COLUMN kept_position, DROP COLUMN kept_since;
DROP SCHEMA read_models_old CASCADE;
