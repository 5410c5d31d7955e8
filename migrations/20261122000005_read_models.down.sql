DROP FUNCTION begin_read_model_copy(text);
DROP FUNCTION swap_read_model_copy(text);
DROP TABLE projection_checkpoints;
DROP SCHEMA read_models_next CASCADE;
DROP SCHEMA read_models CASCADE;
