DROP TABLE log_audits;
DROP TABLE log_seal_refusals;
DROP TABLE log_verifiers;
DROP TABLE log_checkpoints;
DROP TABLE log_tiles;
DROP TABLE log_origins;
