-- Failed logins, and sessions by user and by when they were ended.

-- How often in a row a login failed, by the keyed hash of what was tried: an email, whether or not an account has it, or
-- the network that it was tried from. No tenant's: neither is known to belong to one.
CREATE TABLE login_failures (
    subject      bytea       PRIMARY KEY,
    failures     integer     NOT NULL,
    last_at      timestamptz NOT NULL,
    locked_until timestamptz
);
CREATE INDEX login_failures_last ON login_failures (last_at);
REVOKE ALL ON login_failures FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON login_failures TO vault_writer;

-- Every node asks again and again which sessions were ended just now.
CREATE INDEX refresh_tokens_revoked ON refresh_tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX refresh_tokens_user ON refresh_tokens (tenant_id, user_id);
