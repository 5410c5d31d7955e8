//! Logins that failed, by what was tried, on all nodes together.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use vault_domain::KeyedHash;

use super::Accounts;

/// When something is locked: after so many failures within a time, for as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRule {
    /// How many failures lock it.
    pub failures: NonZeroU32,
    /// How long they are counted, and how long the lock holds, in seconds.
    pub window_s: u32,
}

impl Accounts {
    /// Until when this is locked, if it is.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn locked_until(
        &self,
        subject: KeyedHash,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        sqlx::query_scalar("SELECT locked_until FROM login_failures WHERE subject = $1 AND locked_until > $2")
            .bind(subject.as_bytes().as_slice())
            .bind(now)
            .fetch_optional(&self.database.writer)
            .await
    }

    /// Counts a failure; whether that one locked it. What is locked is not locked for longer.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn count_failure(
        &self,
        subject: KeyedHash,
        rule: LockRule,
        now: DateTime<Utc>,
    ) -> Result<bool, sqlx::Error> {
        let locked: Option<bool> = sqlx::query_scalar(
            "INSERT INTO login_failures AS f (subject, failures, last_at, locked_until) \
             VALUES ($1, 1, $2, CASE WHEN $3 = 1 THEN $2 + make_interval(secs => $4) END) \
             ON CONFLICT (subject) DO UPDATE SET last_at = $2, \
             failures = CASE WHEN f.last_at < $2 - make_interval(secs => $4) THEN 1 ELSE f.failures + 1 END, \
             locked_until = CASE WHEN $3 = 1 OR (f.failures + 1 >= $3 AND f.locked_until IS NULL \
             AND f.last_at >= $2 - make_interval(secs => $4)) THEN $2 + make_interval(secs => $4) END \
             WHERE f.locked_until IS NULL OR f.locked_until <= $2 \
             RETURNING locked_until IS NOT NULL",
        )
        .bind(subject.as_bytes().as_slice())
        .bind(now)
        .bind(i64::from(rule.failures.get()))
        .bind(f64::from(rule.window_s))
        .fetch_optional(&self.database.writer)
        .await?;
        Ok(locked.unwrap_or(false))
    }

    /// Begins to count anew, after a success.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn clear_failures(&self, subject: KeyedHash) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM login_failures WHERE subject = $1")
            .bind(subject.as_bytes().as_slice())
            .execute(&self.database.writer)
            .await?;
        Ok(())
    }

    /// Forgets failures, the last of which was before a time, at most `limit`, and says how many.
    ///
    /// # Errors
    /// When deleting fails.
    pub async fn forget_failures(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, sqlx::Error> {
        let deleted = sqlx::query(
            "DELETE FROM login_failures WHERE subject = ANY(ARRAY(\
             SELECT subject FROM login_failures WHERE last_at < $1 LIMIT $2))",
        )
        .bind(before)
        .bind(i64::from(limit))
        .execute(&self.database.writer)
        .await?;
        Ok(deleted.rows_affected())
    }
}
