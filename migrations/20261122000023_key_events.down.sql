DROP INDEX events_keys;
