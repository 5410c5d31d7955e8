//! What is needed to log in: credentials and refresh tokens. They are state, not facts, so they stand beside the log.

mod api_keys;
mod changes;
mod failures;
mod second_factors;
mod sessions;
mod token_keys;
mod users;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use api_keys::{ApiKeyRow, FoundApiKey};
pub use changes::CredentialChange;
pub use failures::LockRule;
pub use second_factors::SecondFactorRow;
pub use sessions::SessionRow;
pub use token_keys::TokenKeyRow;
pub use users::{NO_ADMINISTRATOR, UserRow};

use crate::{append::CredentialRow, database::Database};

/// A refresh token, as the SHA-256 of what the client holds.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RefreshTokenRow {
    /// The tenant.
    pub tenant_id: Uuid,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// The family that began with one login.
    pub session_id: Uuid,
    /// Whom it was given to.
    pub user_id: Uuid,
    /// When it was given out.
    pub issued_at: DateTime<Utc>,
    /// When the family began.
    pub session_started_at: DateTime<Utc>,
    /// When it was exchanged for its successor.
    pub used_at: Option<DateTime<Utc>>,
    /// When its family was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When a second factor was given in the session, if one was.
    pub mfa_at: Option<DateTime<Utc>>,
}

/// Reads credentials, and keeps refresh tokens.
#[derive(Clone)]
pub struct Accounts {
    database: Database,
}

impl Accounts {
    /// Works through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Keeps the first token of a new session, if the user can log in and its sessions were not ended since the
    /// credential was read: `false` otherwise.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn begin_session(
        &self,
        token: &RefreshTokenRow,
        credential: &CredentialRow,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        // whoever ends the user's sessions waits, and then sees this one
        let held: Option<i32> = sqlx::query_scalar(
            "SELECT 1 FROM credentials WHERE tenant_id = $1 AND user_id = $2 AND disabled_at IS NULL \
             AND sessions_ended_at IS NOT DISTINCT FROM $3 FOR SHARE",
        )
        .bind(token.tenant_id)
        .bind(token.user_id)
        .bind(credential.sessions_ended_at)
        .fetch_optional(&mut *transaction)
        .await?;
        if held.is_none() {
            return Ok(false);
        }
        insert_token(&mut *transaction, token).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The token with this hash.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn find_token(&self, token_hash: &[u8]) -> Result<Option<RefreshTokenRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM refresh_tokens WHERE token_hash = $1")
            .bind(token_hash)
            .fetch_optional(&self.database.writer)
            .await
    }

    /// Exchanges a token for its successor, once: `false` when it was used or revoked meanwhile.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn rotate(&self, used: &[u8], successor: &RefreshTokenRow) -> Result<bool, sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        let marked = sqlx::query(
            "UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND revoked_at IS NULL",
        )
        .bind(used)
        .bind(successor.issued_at)
        .execute(&mut *transaction)
        .await?;
        if marked.rows_affected() == 0 {
            return Ok(false);
        }
        insert_token(&mut *transaction, successor).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Revokes every token of a session.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn revoke_session(&self, session: Uuid, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        // a rotation that commits meanwhile adds a token that the statement has not seen: again, until none is left
        loop {
            let revoked = sqlx::query(
                "UPDATE refresh_tokens SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL",
            )
            .bind(session)
            .bind(now)
            .execute(&self.database.writer)
            .await?;
            if revoked.rows_affected() == 0 {
                return Ok(());
            }
        }
    }
}

impl Accounts {
    /// Forgets the tokens of sessions that began before a time, at most `limit`, and says how many.
    ///
    /// # Errors
    /// When deleting fails.
    pub async fn forget_sessions(&self, began_before: DateTime<Utc>, limit: u32) -> Result<u64, sqlx::Error> {
        let deleted = sqlx::query(
            "DELETE FROM refresh_tokens WHERE token_hash = ANY(ARRAY(\
             SELECT token_hash FROM refresh_tokens WHERE session_started_at < $1 LIMIT $2))",
        )
        .bind(began_before)
        .bind(i64::from(limit))
        .execute(&self.database.writer)
        .await?;
        Ok(deleted.rows_affected())
    }
}

async fn insert_token(
    executor: impl sqlx::PgExecutor<'_>,
    token: &RefreshTokenRow,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO refresh_tokens (tenant_id, token_hash, session_id, user_id, issued_at, session_started_at, mfa_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token.tenant_id)
    .bind(&token.token_hash)
    .bind(token.session_id)
    .bind(token.user_id)
    .bind(token.issued_at)
    .bind(token.session_started_at)
    .bind(token.mfa_at)
    .execute(executor)
    .await?;
    Ok(())
}
