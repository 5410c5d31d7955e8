-- no-transaction
-- Erasures, in the log's order: every node reads them to forget what was erased. Appends go on meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_erasures ON events (position)
    WHERE event_type IN ('subject.erased', 'subject.epoch_ended');
