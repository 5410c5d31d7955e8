DROP FUNCTION end_read_models_as_of;
DROP FUNCTION begin_read_models_as_of;
