ALTER TABLE data_keys DROP COLUMN revoked_at;
DROP INDEX data_keys_created_at;
-- Whoever moved to another root key loses what hangs on the service key: put that key file back first.
DROP TABLE service_keys;
