-- no-transaction
-- What has changed of what tenants decide by (their policies, the grants of a dataset, and datasets, of whose tags policies
-- may speak), in the log's order: every node reads it to forget what it knows. Appends go on meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_rules ON events (position)
    WHERE aggregate_type IN ('policies', 'grants', 'dataset');
