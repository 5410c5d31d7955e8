//! Rows of `records`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;
use vault_domain::{DatasetId, EntityType, KeyedHash, RecordId};
use vault_event_store::TenantTransaction;

/// One record, without its content.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RecordRow {
    /// Its minted id.
    pub record_id: Uuid,
    /// The address of its ciphertext.
    pub content: Vec<u8>,
    /// The plaintext's size.
    pub size_bytes: i64,
    /// The sealed external id.
    pub external_id: Option<Vec<u8>>,
    /// The metadata without values in which something was found.
    pub metadata: Option<Value>,
    /// The sealed whole metadata, where something was found in it.
    pub metadata_sealed: Option<Vec<u8>>,
    /// Findings by type.
    pub pii_counts: Value,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

const COLUMNS: &str =
    "record_id, content, size_bytes, external_id, metadata, metadata_sealed, pii_counts, created_at";

/// Which records are asked for.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// With findings, or without.
    pub has_pii: Option<bool>,
    /// With a finding of this type.
    pub pii_type: Option<EntityType>,
    /// Whose metadata holds this JSON object.
    pub metadata: Option<Value>,
    /// After this record.
    pub after: Option<RecordId>,
    /// Added by this position of the log.
    pub until: Option<u64>,
}

/// How a record is named in a path.
#[derive(Debug, Clone, Copy)]
pub enum RecordKey {
    /// By the minted id.
    Id(RecordId),
    /// By the keyed hash of the client's own id.
    ExternalId(KeyedHash),
}

/// A record of a dataset, if it was added by position `until`.
///
/// # Errors
/// When reading fails.
pub async fn find_record(
    transaction: &mut TenantTransaction,
    dataset: DatasetId,
    key: RecordKey,
    until: Option<u64>,
) -> Result<Option<RecordRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(format!(
        "SELECT {COLUMNS} FROM read_models.records WHERE dataset_id = "
    ));
    query.push_bind(dataset.as_uuid());
    match key {
        RecordKey::Id(id) => query.push(" AND record_id = ").push_bind(id.as_uuid()),
        RecordKey::ExternalId(hash) => query
            .push(" AND external_id_hash = ")
            .push_bind(hash.as_bytes().to_vec()),
    };
    push_until(&mut query, until);
    query.build_query_as().fetch_optional(&mut **transaction).await
}

/// The records of a dataset in the order of their ids, at most `limit`.
///
/// # Errors
/// When reading fails.
pub async fn list_records(
    transaction: &mut TenantTransaction,
    dataset: DatasetId,
    filter: &RecordFilter,
    limit: i64,
) -> Result<Vec<RecordRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(format!(
        "SELECT {COLUMNS} FROM read_models.records WHERE dataset_id = "
    ));
    query.push_bind(dataset.as_uuid());
    if let Some(after) = filter.after {
        query.push(" AND record_id > ").push_bind(after.as_uuid());
    }
    push_until(&mut query, filter.until);
    match filter.has_pii {
        Some(true) => drop(query.push(" AND pii_counts <> '{}'")),
        Some(false) => drop(query.push(" AND pii_counts = '{}'")),
        None => {}
    }
    if let Some(pii_type) = filter.pii_type {
        query
            .push(" AND pii_counts <> '{}' AND pii_counts ? ")
            .push_bind(pii_type.as_str());
    }
    if let Some(metadata) = &filter.metadata {
        query.push(" AND metadata @> ").push_bind(metadata);
    }
    query.push(" ORDER BY record_id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(&mut **transaction).await
}

pub(super) fn push_until(query: &mut QueryBuilder<'_, Postgres>, until: Option<u64>) {
    if let Some(until) = until {
        query
            .push(" AND position <= ")
            .push_bind(i64::try_from(until).unwrap_or(i64::MAX));
    }
}
