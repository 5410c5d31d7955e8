-- no-transaction
-- Whose types of personal data have changed, in the log's order: every node reads it to forget what it compiled. Appends
-- go on meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_custom_types ON events (position) WHERE aggregate_type = 'custom_types';
