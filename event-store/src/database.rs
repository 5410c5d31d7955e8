//! The ways into Postgres: one pool for each of the roles that serve requests.

use std::str::FromStr;

use sqlx::{
    PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use vault_domain::TenantId;

/// The schema's migrations, part of the binary.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// How to reach Postgres.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// A `postgres://` URL. Its user owns the schema or is a member of the vault's roles.
    pub url: String,
    /// The most connections of each pool.
    pub max_connections: u32,
}

/// The pools. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    /// Role `vault_writer`: appends and moves read models, across tenants.
    pub writer: PgPool,
    /// Role `vault_reader`: sees the tenant of its transaction only.
    pub reader: PgPool,
    connect: PgConnectOptions,
}

impl Database {
    /// Makes the pools; connections are opened when they are needed.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(config: &DatabaseConfig) -> Result<Self, sqlx::Error> {
        let connect = PgConnectOptions::from_str(&config.url)?.application_name("vault");
        let pool = |role| {
            PgPoolOptions::new()
                .max_connections(config.max_connections)
                .test_before_acquire(false)
                .connect_lazy_with(as_role(&connect, role))
        };
        Ok(Self { writer: pool("vault_writer"), reader: pool("vault_reader"), connect })
    }

    /// How a task of its own connects as the role that writes.
    #[must_use]
    pub fn writer_options(&self) -> PgConnectOptions {
        as_role(&self.connect, "vault_writer")
    }

    /// Applies the migrations that are missing, as the URL's own user.
    ///
    /// # Errors
    /// When the database cannot be reached, or a migration fails.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_with(self.connect.clone()).await?;
        MIGRATOR.run(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// Begins a transaction that sees the rows of one tenant and no other.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin_tenant(&self, tenant: TenantId) -> Result<TenantTransaction, sqlx::Error> {
        // one round trip for both; a UUID's text needs no quoting
        let begin = format!("BEGIN READ ONLY; SET LOCAL vault.tenant = '{tenant}'");
        self.reader.begin_with(begin).await
    }
}

/// A transaction of role `vault_reader` with its tenant set.
pub type TenantTransaction = Transaction<'static, Postgres>;

fn as_role(connect: &PgConnectOptions, role: &str) -> PgConnectOptions {
    // given at connection start, so that RESET ROLE does not lead back to the login user
    connect.clone().options([("role", role)])
}
