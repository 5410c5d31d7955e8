-- no-transaction
-- As events_rules of migration 32, with what second persons have approved: every node reads it to forget what it knows.
-- The older index stays while processes of the release before it read by it. Appends go on meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_rules_and_approvals ON events (position)
    WHERE aggregate_type IN ('policies', 'grants', 'approvals', 'dataset');
