//! The advisory locks of the log's database, each for one kind of work. Leases ([`crate::Lease`]) have locks of two
//! keys, which are a space of their own.

use sqlx::PgConnection;

/// What one connection at a time does. Stored procedures name [`AdvisoryLock::Log`] by its number.
#[repr(i64)]
#[derive(Debug, Clone, Copy)]
pub(crate) enum AdvisoryLock {
    /// Appending a batch: orders all appends of a log.
    Log = 7_165_721_011,
    /// Sealing what was appended into the tree.
    Seal = 7_165_721_012,
    /// Auditing the log.
    Audit = 7_165_721_013,
    /// Asking witnesses.
    Witness = 7_165_721_014,
    /// Archiving.
    Archive = 7_165_721_015,
    /// Opening, closing and ending an erasure epoch.
    Epochs = 7_165_721_016,
}

impl AdvisoryLock {
    /// Waits for the lock, and holds it until the transaction ends.
    pub(crate) async fn wait(self, transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(self as i64)
            .execute(transaction)
            .await?;
        Ok(())
    }

    /// Takes the lock until the transaction ends; `false` when another one has it.
    pub(crate) async fn try_for_transaction(
        self,
        transaction: &mut PgConnection,
    ) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)")
            .bind(self as i64)
            .fetch_one(transaction)
            .await
    }

    /// Takes the lock until the connection ends; `false` when another one has it.
    pub(crate) async fn try_for_connection(self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(self as i64)
            .fetch_one(connection)
            .await
    }
}
