DROP TABLE snapshots, claims, guards, event_batches, events;
DROP FUNCTION refuse_rewriting();
