//! Where blocks are, as the database knows it.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::error::{BundleError, BundleFault};

/// The columns of a [`BlockRow`], and the tables that they come from. Ranges whose rows all stand in the log are left out.
pub(super) const BLOCKS: &str = "SELECT b.first_position, b.last_position, b.offset_bytes, b.size_bytes, b.sha256, \
     b.last_recorded_at, r.first_position AS range_first, r.last_position AS range_last, r.object_name, \
     r.size_bytes AS object_bytes \
     FROM archived_blocks b JOIN archived_ranges r ON r.first_position = b.range_position AND r.removed_at IS NOT NULL";

/// Where a block is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct BlockRow {
    pub(super) first_position: i64,
    pub(super) last_position: i64,
    pub(super) offset_bytes: i64,
    pub(super) size_bytes: i64,
    pub(super) sha256: Vec<u8>,
    pub(super) last_recorded_at: DateTime<Utc>,
    range_first: i64,
    range_last: i64,
    pub(super) object_name: String,
    pub(super) object_bytes: i64,
}

impl BlockRow {
    pub(super) const fn first(&self) -> u64 {
        self.first_position.unsigned_abs()
    }

    pub(super) const fn last(&self) -> u64 {
        self.last_position.unsigned_abs()
    }

    pub(super) const fn damaged(&self, fault: BundleFault) -> BundleError {
        BundleError::Damaged {
            first: self.range_first.unsigned_abs(),
            last: self.range_last.unsigned_abs(),
            fault,
        }
    }

    pub(super) const fn not_configured(&self) -> BundleError {
        BundleError::NotConfigured {
            first: self.range_first.unsigned_abs(),
            last: self.range_last.unsigned_abs(),
        }
    }

    pub(super) fn failed(&self, source: object_store::Error) -> BundleError {
        BundleError::Store {
            first: self.range_first.unsigned_abs(),
            last: self.range_last.unsigned_abs(),
            source: Box::new(source),
        }
    }
}

/// The blocks that hold what follows a position, at most `limit`.
pub(super) async fn blocks_after(
    executor: impl PgExecutor<'_>,
    after: u64,
    limit: usize,
) -> Result<Vec<BlockRow>, sqlx::Error> {
    sqlx::query_as(&format!(
        "{BLOCKS} WHERE b.last_position > $1 ORDER BY b.last_position LIMIT $2"
    ))
    .bind(i64::try_from(after).unwrap_or(i64::MAX))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(executor)
    .await
}

/// Up to which position events may be missing from the log's table; 0 while none are.
pub(super) async fn removed_to(executor: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT last_position FROM archived_ranges WHERE removed_at IS NOT NULL ORDER BY first_position DESC LIMIT 1",
    )
    .fetch_optional(executor)
    .await?;
    Ok(last.unwrap_or(0).unsigned_abs())
}
