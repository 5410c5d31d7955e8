-- A rebuild keeps the copy that it replaces, so that it can be switched back to. Copies stand in schemas of their own:
--   read_models       serves
--   read_models_next  is being built
--   read_models_old   served before the last switch; no reader may see it
CREATE SCHEMA read_models_old;
GRANT USAGE ON SCHEMA read_models_old TO vault_writer;

ALTER TABLE projection_checkpoints
    -- how far the kept copy has come, and since when it is kept; none without one
    ADD COLUMN kept_position bigint,
    ADD COLUMN kept_since    timestamptz,
    ADD CHECK ((kept_position IS NULL) = (kept_since IS NULL));

-- A read model is a table of the schema read_models: nothing else is touched by what follows.
CREATE FUNCTION check_read_model(model text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF to_regclass(format('read_models.%I', model)) IS NULL THEN
        RAISE EXCEPTION 'no such read model' USING ERRCODE = 'undefined_table';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION begin_read_model_copy(model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    PERFORM public.check_read_model(model);
    EXECUTE format('DROP TABLE IF EXISTS read_models_next.%I', model);
    EXECUTE format('CREATE TABLE read_models_next.%I (LIKE read_models.%I INCLUDING ALL)', model, model);
    CALL public.isolate_tenants(format('read_models_next.%I', model)::regclass);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON read_models_next.%I TO vault_writer', model);
END
$$;

-- Throws away the copy that a rebuild made and did not switch to.
CREATE FUNCTION drop_read_model_copy(model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    PERFORM public.check_read_model(model);
    EXECUTE format('DROP TABLE IF EXISTS read_models_next.%I', model);
END
$$;

-- Lets the new copy serve, and keeps the one that served.
CREATE OR REPLACE FUNCTION swap_read_model_copy(model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    PERFORM public.check_read_model(model);
    EXECUTE format('DROP TABLE IF EXISTS read_models_old.%I', model);
    EXECUTE format('ALTER TABLE read_models.%I SET SCHEMA read_models_old', model);
    EXECUTE format('ALTER TABLE read_models_next.%I SET SCHEMA read_models', model);
END
$$;

-- Lets the kept copy serve again, and keeps the one that served. A copy of an older schema is refused.
CREATE FUNCTION swap_read_model_back(model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    kept    regclass := to_regclass(format('read_models_old.%I', model));
    serving regclass := to_regclass(format('read_models.%I', model));
BEGIN
    PERFORM public.check_read_model(model);
    IF kept IS NULL THEN
        RAISE EXCEPTION 'no copy is kept' USING ERRCODE = 'undefined_table';
    END IF;
    IF EXISTS (
        (SELECT attname, atttypid, attnotnull FROM pg_attribute
          WHERE attrelid = kept AND attnum > 0 AND NOT attisdropped
         EXCEPT
         SELECT attname, atttypid, attnotnull FROM pg_attribute
          WHERE attrelid = serving AND attnum > 0 AND NOT attisdropped)
        UNION ALL
        (SELECT attname, atttypid, attnotnull FROM pg_attribute
          WHERE attrelid = serving AND attnum > 0 AND NOT attisdropped
         EXCEPT
         SELECT attname, atttypid, attnotnull FROM pg_attribute
          WHERE attrelid = kept AND attnum > 0 AND NOT attisdropped)
    ) THEN
        RAISE EXCEPTION 'the kept copy has other columns' USING ERRCODE = 'datatype_mismatch';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS read_models_next.%I', model);
    EXECUTE format('ALTER TABLE read_models.%I SET SCHEMA read_models_next', model);
    EXECUTE format('ALTER TABLE read_models_old.%I SET SCHEMA read_models', model);
    EXECUTE format('ALTER TABLE read_models_next.%I SET SCHEMA read_models_old', model);
END
$$;

CREATE FUNCTION drop_old_read_model(model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    PERFORM public.check_read_model(model);
    EXECUTE format('DROP TABLE IF EXISTS read_models_old.%I', model);
    UPDATE public.projection_checkpoints SET kept_position = NULL, kept_since = NULL WHERE projection = model;
END
$$;

REVOKE EXECUTE ON FUNCTION drop_read_model_copy, swap_read_model_back, drop_old_read_model FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_read_model_copy, swap_read_model_back, drop_old_read_model TO vault_writer;
