//! How the log stands: how far it is sealed, and what the vault's own audit found.

use chrono::{DateTime, Utc};

use super::{Verified, read::TreeError};
use crate::database::Database;

/// How the log stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogState {
    /// How many events the newest signed head covers.
    pub sealed_position: u64,
    /// Where sealing stands still and why, if it does.
    pub refusal: Option<(u64, String)>,
    /// How the last audit of the whole log ended; none before the first.
    pub audit: Option<SelfAudited>,
}

impl LogState {
    /// Whether nothing is known to be wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.refusal.is_none() && self.audit.as_ref().is_none_or(|audit| audit.finding.is_none())
    }
}

/// How an audit of the whole log ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfAudited {
    /// How many events it looked at.
    pub events: u64,
    /// What is wrong, if anything is.
    pub finding: Option<String>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}

/// One row, whatever there is.
type StateRow = (
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<DateTime<Utc>>,
);

impl super::Tree {
    /// How the log stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn state(&self) -> Result<LogState, TreeError> {
        let row: StateRow = sqlx::query_as(
            "SELECT (SELECT max(size) FROM log_checkpoints), r.position, r.reason, a.events, a.finding, a.finished_at \
             FROM (SELECT 1) AS one LEFT JOIN log_audits a ON true \
             LEFT JOIN (SELECT * FROM log_seal_refusals ORDER BY position LIMIT 1) r ON true",
        )
        .fetch_one(self.pool())
        .await?;
        let (sealed, refused_at, reason, events, finding, finished_at) = row;
        Ok(LogState {
            sealed_position: sealed.unwrap_or(0).unsigned_abs(),
            refusal: refused_at.map(i64::unsigned_abs).zip(reason),
            audit: events.zip(finished_at).map(|(events, finished_at)| SelfAudited {
                events: events.unsigned_abs(),
                finding,
                finished_at,
            }),
        })
    }
}

/// Writes down how an audit ended.
pub(super) async fn record_audit(
    database: &Database,
    verified: &Verified,
    now: DateTime<Utc>,
) -> Result<(), TreeError> {
    sqlx::query(
        "INSERT INTO log_audits (events, finding, finished_at) VALUES ($1, $2, $3) \
         ON CONFLICT (only_row) DO UPDATE SET events = excluded.events, finding = excluded.finding, \
         finished_at = excluded.finished_at",
    )
    .bind(verified.events.cast_signed())
    .bind(verified.finding.map(|finding| finding.to_string()))
    .bind(now)
    .execute(&database.writer)
    .await?;
    Ok(())
}
