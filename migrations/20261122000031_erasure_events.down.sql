DROP INDEX events_erasures;
