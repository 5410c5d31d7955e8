//! The ways into Postgres: one pool for each of the roles that serve requests.

mod corrected;

use std::{str::FromStr, sync::Arc, time::Duration};

use object_store::ObjectStore;
use sqlx::{
    Connection as _, PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use vault_domain::TenantId;

use crate::{archive::Archive, watching::Watching};

/// The schema's migrations, part of the binary.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// How long a request waits for a connection before it is told that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may lie unused until it is asked whether it still stands: Postgres may have restarted.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How to reach Postgres.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// Where the vault writes: a `postgres://` URL whose user is a member of `vault_writer`.
    pub url: String,
    /// Where requests read, as a member of `vault_reader`; the same as `url` if none.
    pub reader_url: Option<String>,
    /// Where migrations run, as the owner of the schema; the same as `url` if none.
    pub migrate_url: Option<String>,
    /// The most connections of each pool.
    pub max_connections: u32,
}

/// Where old events are.
#[derive(Debug, Default)]
pub struct ArchiveConfig {
    /// Where bundles are; without it archived events cannot be read.
    pub objects: Option<Arc<dyn ObjectStore>>,
    /// Where events are removed, as a member of `vault_archiver`; the same as the URL that writes if none.
    pub archiver_url: Option<String>,
}

/// The pools. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    /// Role `vault_writer`: appends and moves read models, across tenants.
    pub writer: PgPool,
    /// Role `vault_reader`: sees the tenant of its transaction only.
    pub reader: PgPool,
    watching: Arc<Watching>,
    writer_options: PgConnectOptions,
    migrate_options: PgConnectOptions,
    archiver_options: PgConnectOptions,
    pub(crate) archive: Archive,
}

impl Database {
    /// Makes the pools; connections are opened when they are needed.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(config: &DatabaseConfig) -> Result<Self, sqlx::Error> {
        let writer = as_role(&parse(&config.url)?, "vault_writer");
        let reader = as_role(
            &parse(config.reader_url.as_ref().unwrap_or(&config.url))?,
            "vault_reader",
        );
        let pool = |options: &PgConnectOptions| {
            PgPoolOptions::new()
                .max_connections(config.max_connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .test_before_acquire(false)
                .before_acquire(|connection, kept| {
                    Box::pin(async move {
                        if kept.idle_for > TRUSTED_IDLE {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_lazy_with(options.clone())
        };
        Ok(Self {
            writer: pool(&writer),
            reader: pool(&reader),
            watching: Arc::new(Watching::new(writer.clone())),
            writer_options: writer,
            migrate_options: parse(config.migrate_url.as_ref().unwrap_or(&config.url))?,
            archiver_options: as_role(&parse(&config.url)?, "vault_archiver"),
            archive: Archive::new(None),
        })
    }

    /// Reads what is archived from there.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn with_archive(mut self, config: ArchiveConfig) -> Result<Self, sqlx::Error> {
        if let Some(url) = &config.archiver_url {
            self.archiver_options = as_role(&parse(url)?, "vault_archiver");
        }
        self.archive = Archive::new(config.objects);
        Ok(self)
    }

    /// The same database for audits, which remember no bundle that may be gone.
    pub(crate) fn for_audit(&self) -> Self {
        Self {
            archive: self.archive.uncached(),
            ..self.clone()
        }
    }

    /// How the archiver connects, as the role that removes what is archived.
    pub(crate) const fn archiver_options(&self) -> &PgConnectOptions {
        &self.archiver_options
    }

    /// How a task of its own connects as the role that writes.
    #[must_use]
    pub fn writer_options(&self) -> PgConnectOptions {
        self.writer_options.clone()
    }

    /// Role `vault_writer`, for those who ask again and again what others change.
    #[must_use]
    pub fn watching(&self) -> PgPool {
        self.watching.pool()
    }

    /// Watches by other connections from now on: one of these did not answer in time.
    pub fn watch_afresh(&self) {
        self.watching.open_afresh();
    }

    /// Applies the migrations that are missing, as the owner of the schema.
    ///
    /// # Errors
    /// When the database cannot be reached, or a migration fails.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(self.migrate_options.clone())
            .await?;
        corrected::carry_over(&pool).await?;
        MIGRATOR.run(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        sqlx::query("SELECT 1").execute(&self.reader).await?;
        Ok(())
    }

    /// Begins a transaction that sees the rows of one tenant and no other.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin_tenant(&self, tenant: TenantId) -> Result<TenantTransaction, sqlx::Error> {
        // one round trip for both; a UUID's text needs no quoting
        let begin = format!(
            "BEGIN READ ONLY; SET LOCAL vault.tenant = '{tenant}'; SET LOCAL statement_timeout = '30s'"
        );
        // connections that Postgres has closed are in the pool until they are used; nothing was done on them yet
        for _ in 0..self.reader.options().get_max_connections() {
            match self.reader.begin_with(begin.clone()).await {
                Err(error) if was_closed(&error) => {}
                done => return done,
            }
        }
        self.reader.begin_with(begin).await
    }
}

/// Whether the server closed a connection that had stood: it went away, or said that it is going (SQLSTATE 57P01,
/// 57P02).
fn was_closed(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    matches!(error, sqlx::Error::Io(_)) || matches!(code.as_deref(), Some("57P01" | "57P02"))
}

/// What the database driver says went wrong, for crates that hold no SQL.
pub type DatabaseError = sqlx::Error;

/// Whether a value that was asked with is at fault (SQLSTATE class 22, data exception), and not the database.
#[must_use]
pub fn is_data_exception(error: &DatabaseError) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("22"))
}

/// A transaction of role `vault_reader` with its tenant set.
pub type TenantTransaction = Transaction<'static, Postgres>;

fn parse(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url)?.application_name("vault"))
}

fn as_role(connect: &PgConnectOptions, role: &str) -> PgConnectOptions {
    // given at connection start, so that RESET ROLE does not lead back to the login user
    connect.clone().options([("role", role)])
}
