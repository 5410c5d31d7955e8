DROP TRIGGER log_origins_append_only ON log_origins;
DROP TABLE log_witnesses;
DROP TABLE log_cosignatures;
-- of two checkpoints of one tree the first stays
ALTER TABLE log_checkpoints DISABLE TRIGGER log_checkpoints_append_only;
DELETE FROM log_checkpoints c
    USING log_checkpoints first WHERE first.size = c.size AND first.origin < c.origin;
ALTER TABLE log_checkpoints ENABLE TRIGGER log_checkpoints_append_only;
ALTER TABLE log_checkpoints DROP CONSTRAINT log_checkpoints_pkey, ADD PRIMARY KEY (size), DROP COLUMN origin;
ALTER TABLE log_origins
    DROP COLUMN agreed_size, DROP COLUMN agreed_root, DROP COLUMN old_size, DROP COLUMN old_head,
    DROP COLUMN statement, DROP COLUMN reason;
REVOKE INSERT ON log_origins FROM vault_writer;
REVOKE UPDATE (last_size) ON log_verifiers FROM vault_writer;
ALTER TABLE log_verifiers DROP COLUMN last_size, DROP COLUMN handover;
DROP TABLE log_signing_keys;
