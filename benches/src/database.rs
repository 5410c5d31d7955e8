//! A database for one run, made beside the one that was named and dropped after it.

use std::sync::Arc;

use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vault_event_store::{Appender, AppenderConfig, BatchMacKey, Database, DatabaseConfig, Head};

use crate::{Result, sample::SystemClock};

/// The key of the batch MAC.
pub(crate) const MAC_KEY: [u8; 32] = [7; 32];

/// The database of one run.
pub(crate) struct Scratch {
    admin_url: String,
    name: String,
    /// Its URL.
    pub(crate) url: String,
    /// Its pools, migrated.
    pub(crate) database: Database,
}

impl Scratch {
    /// Makes the database and its schema.
    pub(crate) async fn create(admin_url: &str) -> Result<Self> {
        let (server, admin_name) = admin_url.rsplit_once('/').ok_or("the URL names no database")?;
        let (admin_name, parameters) = admin_name.split_once('?').unwrap_or((admin_name, ""));
        let name = format!("{admin_name}_bench_{}", std::process::id());
        let mut admin = PgConnection::connect(admin_url).await?;
        sqlx::query(&format!("CREATE DATABASE \"{name}\""))
            .execute(&mut admin)
            .await?;
        let url = format!("{server}/{name}?{parameters}");
        let database = Database::new(&DatabaseConfig {
            url: url.clone(),
            reader_url: None,
            migrate_url: None,
            max_connections: 8,
        })?;
        database.migrate().await?;
        Ok(Self {
            admin_url: admin_url.to_owned(),
            name,
            url,
            database,
        })
    }

    /// Starts an appender of its own.
    pub(crate) fn appender(&self) -> (Appender, JoinHandle<()>) {
        let config = AppenderConfig {
            connect: self.database.writer_options(),
            mac_key: BatchMacKey::new(MAC_KEY),
            clock: Arc::new(SystemClock),
            head: Head::default(),
        };
        Appender::start(config, CancellationToken::new())
    }

    /// Drops it, whoever is still connected.
    pub(crate) async fn remove(self) -> Result<()> {
        let mut admin = PgConnection::connect(&self.admin_url).await?;
        let drop = format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name);
        sqlx::query(&drop).execute(&mut admin).await?;
        Ok(())
    }
}
