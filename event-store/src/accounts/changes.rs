//! Which credentials changed lately, on whichever node.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Accounts;

/// A change of an API key, or of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct CredentialChange {
    /// The key, or the user.
    pub subject_id: Uuid,
    /// When, by the database's clock.
    pub changed_at: DateTime<Utc>,
}

impl Accounts {
    /// The database's time.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn database_time(&self) -> Result<DateTime<Utc>, sqlx::Error> {
        sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&self.database.watching())
            .await
    }

    /// What changed at or after a time of the database.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn changed_since(&self, since: DateTime<Utc>) -> Result<Vec<CredentialChange>, sqlx::Error> {
        sqlx::query_as("SELECT subject_id, changed_at FROM credential_changes WHERE changed_at >= $1")
            .bind(since)
            .fetch_all(&self.database.watching())
            .await
    }

    /// Forgets changes before a time, at most `limit`, and says how many.
    ///
    /// # Errors
    /// When deleting fails.
    pub async fn forget_changes(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, sqlx::Error> {
        let deleted = sqlx::query(
            "DELETE FROM credential_changes WHERE (tenant_id, subject_id) IN (\
             SELECT tenant_id, subject_id FROM credential_changes WHERE changed_at < $1 LIMIT $2)",
        )
        .bind(before)
        .bind(i64::from(limit))
        .execute(&self.database.writer)
        .await?;
        Ok(deleted.rows_affected())
    }
}
