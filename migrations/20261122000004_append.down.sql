DROP FUNCTION append_batch;
DROP PROCEDURE insert_rare_rows;
