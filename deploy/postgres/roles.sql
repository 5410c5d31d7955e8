-- What a database needs before the first `vault-server migrate`. Run once, as a superuser, in the vault's database:
--
--   psql -v ON_ERROR_STOP=1 -d vault -f deploy/postgres/roles.sql
--
-- The passwords are read from files, so that they stand in no argument list. Give other paths by -v owner_file=... and
-- -v app_file=...
\set ON_ERROR_STOP on
\if :{?owner_file} \else \set owner_file /run/secrets/owner_password \endif
\if :{?app_file} \else \set app_file /run/secrets/app_password \endif
\set owner_password `cat :owner_file`
\set app_password `cat :app_file`

-- The roles that the migrations grant rights to. Nobody logs in as one of them.
CREATE ROLE vault_reader NOLOGIN;
CREATE ROLE vault_writer NOLOGIN BYPASSRLS;
CREATE ROLE vault_archiver NOLOGIN;

-- Owns the schema and runs migrations. CREATEROLE, because the first migration makes roles that are missing.
CREATE ROLE vault_owner LOGIN CREATEROLE PASSWORD :'owner_password';
-- What the server logs in as. Each of its connections takes one of the two roles and has that role's rights only.
CREATE ROLE vault_app LOGIN NOINHERIT PASSWORD :'app_password';
GRANT vault_reader, vault_writer TO vault_app;

SELECT format('ALTER DATABASE %I OWNER TO vault_owner', current_database()) \gexec
ALTER SCHEMA public OWNER TO vault_owner;
