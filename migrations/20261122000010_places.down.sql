ALTER TABLE read_models.records DROP COLUMN position;
DROP FUNCTION tenant_position_after, tenant_position_from, position_at;
