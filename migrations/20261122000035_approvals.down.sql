-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS events_rules_and_approvals;
