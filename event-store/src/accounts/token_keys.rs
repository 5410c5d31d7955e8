//! The keys that sign access tokens.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Accounts;

/// A key that signs access tokens, sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TokenKeyRow {
    /// The key.
    pub key_id: Uuid,
    /// Its seed, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it signs, if none is newer.
    pub signs_from: DateTime<Utc>,
}

impl Accounts {
    /// All keys that sign access tokens or did so lately, the newest first.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn token_keys(&self) -> Result<Vec<TokenKeyRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT key_id, sealed, created_at, signs_from FROM token_keys ORDER BY created_at DESC, key_id DESC",
        )
        .fetch_all(&self.database.writer)
        .await
    }

    /// Keeps a new key, unless one was made after a time; whether it is kept.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn keep_token_key(
        &self,
        row: &TokenKeyRow,
        unless_after: DateTime<Utc>,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        // of several processes that find the newest too old, one is first
        sqlx::query("LOCK TABLE token_keys IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await?;
        let kept = sqlx::query(
            "INSERT INTO token_keys (key_id, sealed, created_at, signs_from) SELECT $1, $2, $3, $4 \
             WHERE NOT EXISTS (SELECT FROM token_keys WHERE created_at > $5)",
        )
        .bind(row.key_id)
        .bind(&row.sealed)
        .bind(row.created_at)
        .bind(row.signs_from)
        .bind(unless_after)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Forgets keys whose successor signs since before a time.
    ///
    /// # Errors
    /// When deleting fails.
    pub async fn forget_token_keys(&self, succeeded_before: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query(
            "DELETE FROM token_keys k WHERE EXISTS (\
             SELECT FROM token_keys n WHERE n.created_at > k.created_at AND n.signs_from < $1)",
        )
        .bind(succeeded_before)
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }
}
