//! How the archive stands.

use chrono::{DateTime, Utc};

use crate::log::Log;

/// How the archive stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveState {
    /// Up to this position the log is archived; 0 when nothing is.
    pub archived_position: u64,
    /// Up to this position rows were removed from the log's table.
    pub removed_position: u64,
    /// How many bundles there are.
    pub bundles: u64,
    /// How many bytes they have.
    pub size_bytes: u64,
    /// When the last one was written.
    pub archived_at: Option<DateTime<Utc>>,
}

type StateRow = (Option<i64>, Option<i64>, i64, i64, Option<DateTime<Utc>>);

impl Log {
    /// How the archive stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archive_state(&self) -> Result<ArchiveState, sqlx::Error> {
        let row: StateRow = sqlx::query_as(
            "SELECT max(last_position), max(last_position) FILTER (WHERE removed_at IS NOT NULL), count(*), \
             coalesce(sum(size_bytes), 0)::bigint, max(archived_at) FROM archived_ranges",
        )
        .fetch_one(self.pool())
        .await?;
        let (archived, removed, bundles, size_bytes, archived_at) = row;
        Ok(ArchiveState {
            archived_position: archived.unwrap_or(0).unsigned_abs(),
            removed_position: removed.unwrap_or(0).unsigned_abs(),
            bundles: bundles.unsigned_abs(),
            size_bytes: size_bytes.unsigned_abs(),
            archived_at,
        })
    }
}
