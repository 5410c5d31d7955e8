DROP TABLE refresh_tokens, credentials, tenants, idempotency_keys, data_keys, tenant_keys, record_contents;
