//! Rows of `dataset_stats`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use vault_domain::DatasetId;
use vault_event_store::TenantTransaction;

/// How much a dataset holds.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DatasetStatsRow {
    /// How many records.
    pub record_count: i64,
    /// The sum of their sizes.
    pub size_bytes: i64,
    /// In how many of them something was found.
    pub records_with_pii: i64,
    /// Findings by type.
    pub pii_counts: Value,
    /// When a record was last added.
    pub last_added_at: Option<DateTime<Utc>>,
}

/// A dataset's figures; none while it holds no record.
///
/// # Errors
/// When reading fails.
pub async fn find_stats(
    transaction: &mut TenantTransaction,
    dataset: DatasetId,
) -> Result<Option<DatasetStatsRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT record_count, size_bytes, records_with_pii, pii_counts, last_added_at \
         FROM read_models.dataset_stats WHERE tenant_id = current_tenant() AND dataset_id = $1",
    )
    .bind(dataset.as_uuid())
    .fetch_optional(&mut **transaction)
    .await
}

/// A dataset's figures as they were after the event at a position, counted from its records.
///
/// # Errors
/// When reading fails.
pub async fn count_stats(
    transaction: &mut TenantTransaction,
    dataset: DatasetId,
    until: u64,
) -> Result<DatasetStatsRow, sqlx::Error> {
    sqlx::query_as(
        "WITH added AS MATERIALIZED (SELECT size_bytes, pii_counts, created_at FROM read_models.records \
         WHERE dataset_id = $1 AND position <= $2), \
         found AS (SELECT type, sum(number::bigint)::bigint AS number \
         FROM added, jsonb_each_text(pii_counts) AS counts(type, number) WHERE pii_counts <> '{}' GROUP BY type) \
         SELECT count(*) AS record_count, coalesce(sum(size_bytes), 0)::bigint AS size_bytes, \
         count(*) FILTER (WHERE pii_counts <> '{}') AS records_with_pii, \
         coalesce((SELECT jsonb_object_agg(type, number) FROM found), '{}') AS pii_counts, \
         max(created_at) AS last_added_at FROM added",
    )
    .bind(dataset.as_uuid())
    .bind(i64::try_from(until).unwrap_or(i64::MAX))
    .fetch_one(&mut **transaction)
    .await
}
