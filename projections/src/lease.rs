//! Leading: of everything that runs once across all processes, one instance holds the lease.

use sqlx::{Connection, PgConnection};
use vault_event_store::Database;

/// Keeps the locks of projectors and publishers apart from other advisory locks.
const LOCK_CLASS: i32 = 0x5650;

/// The right to lead, for as long as its connection lives.
pub struct Lease(PgConnection);

impl Lease {
    /// Takes the lease of this name; `None` while another process has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take(database: &Database, name: &str) -> Result<Option<Self>, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&database.writer_options()).await?;
        let leads: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, hashtext($2))")
            .bind(LOCK_CLASS)
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        Ok(leads.then_some(Self(connection)))
    }

    /// Makes sure that it is still held.
    ///
    /// # Errors
    /// When the connection is gone, and the lease with it.
    pub async fn hold(&mut self) -> Result<(), sqlx::Error> {
        self.0.ping().await
    }
}
