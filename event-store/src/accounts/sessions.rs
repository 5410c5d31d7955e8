//! The sessions that there are, and those that were ended.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Accounts;

/// The most sessions that are listed.
const MAX_LISTED: i64 = 100;

/// A session that goes on.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SessionRow {
    /// Its id.
    pub session_id: Uuid,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When tokens were given out last.
    pub refreshed_at: DateTime<Utc>,
}

impl Accounts {
    /// The sessions of a user that began after a time and were not ended, the last used first; at most 100.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn sessions(
        &self,
        tenant: Uuid,
        user: Uuid,
        began_after: DateTime<Utc>,
    ) -> Result<Vec<SessionRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT session_id, min(session_started_at) AS started_at, max(issued_at) AS refreshed_at \
             FROM refresh_tokens WHERE tenant_id = $1 AND user_id = $2 AND session_started_at > $3 \
             GROUP BY session_id HAVING count(revoked_at) = 0 ORDER BY refreshed_at DESC, session_id LIMIT $4",
        )
        .bind(tenant)
        .bind(user)
        .bind(began_after)
        .bind(MAX_LISTED)
        .fetch_all(&self.database.writer)
        .await
    }

    /// Whether this is a session of this user, ended or not.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn has_session(&self, tenant: Uuid, user: Uuid, session: Uuid) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM refresh_tokens WHERE session_id = $3 AND tenant_id = $1 AND user_id = $2)",
        )
        .bind(tenant)
        .bind(user)
        .bind(session)
        .fetch_one(&self.database.writer)
        .await
    }

    /// The sessions that were ended at or after a time, and when.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(Uuid, DateTime<Utc>)>, sqlx::Error> {
        sqlx::query_as(
            "SELECT session_id, max(revoked_at) FROM refresh_tokens WHERE revoked_at >= $1 GROUP BY session_id",
        )
        .bind(since)
        .fetch_all(&self.database.watching())
        .await
    }
}
