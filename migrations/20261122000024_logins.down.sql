DROP INDEX refresh_tokens_user;
DROP INDEX refresh_tokens_revoked;
DROP TABLE login_failures;
