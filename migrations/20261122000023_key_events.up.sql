-- no-transaction
-- What happened to keys, in the log's order: every node reads it to forget what changed. Appends go on meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_keys ON events (position) WHERE aggregate_type = 'key';
