DROP FUNCTION append_batch;
DROP PROCEDURE insert_rare_rows;
ALTER TABLE events
    ALTER COLUMN aggregate_type TYPE text COLLATE "default",
    ALTER COLUMN aggregate_id TYPE text COLLATE "default";
