//! Rows of `records`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;
use vault_domain::{DatasetId, EntityType, KeyedHash, RecordId, SubjectId, field};
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
    /// The person whom it is about.
    pub subject_id: Option<Uuid>,
    /// How that person stands: `active`, `restricted` or `erased`.
    pub subject_status: Option<String>,
}

/// Rows with how their subjects stand, whose own read model may be a moment ahead or behind.
const SELECT: &str = "SELECT r.record_id, r.content, r.size_bytes, r.external_id, r.metadata, r.metadata_sealed, \
     r.pii_counts, r.created_at, r.subject_id, s.status AS subject_status FROM read_models.records r \
     LEFT JOIN read_models.subjects s ON s.tenant_id = r.tenant_id AND s.subject_id = r.subject_id \
     WHERE r.dataset_id = ";

/// Which records are asked for.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// With findings, or without.
    pub has_pii: Option<bool>,
    /// With a finding of this type.
    pub pii_type: Option<EntityType>,
    /// About this person.
    pub subject: Option<SubjectId>,
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
    let mut query = QueryBuilder::new(SELECT);
    query.push_bind(dataset.as_uuid());
    match key {
        RecordKey::Id(id) => query.push(" AND r.record_id = ").push_bind(id.as_uuid()),
        // the claim finds a subject's record, whose row has no hash
        RecordKey::ExternalId(hash) => query
            .push(" AND (r.external_id_hash = ")
            .push_bind(hash.as_bytes().to_vec())
            .push(" OR r.record_id = (SELECT holder_id FROM claims WHERE tenant_id = current_tenant() AND claim_type = ")
            .push_bind(field::RECORD_EXTERNAL_ID)
            .push(" AND scope_id = ")
            .push_bind(dataset.as_uuid())
            .push(" AND key_hash = ")
            .push_bind(hash.as_bytes().to_vec())
            .push("))"),
    };
    push_until(&mut query, until);
    query.build_query_as().fetch_optional(&mut **transaction).await
}

/// The records of a dataset that may be read, in the order of their ids, at most `limit`.
///
/// # Errors
/// When reading fails.
pub async fn list_records(
    transaction: &mut TenantTransaction,
    dataset: DatasetId,
    filter: &RecordFilter,
    limit: i64,
) -> Result<Vec<RecordRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(SELECT);
    query.push_bind(dataset.as_uuid());
    if let Some(after) = filter.after {
        query.push(" AND r.record_id > ").push_bind(after.as_uuid());
    }
    push_until(&mut query, filter.until);
    query.push(" AND (r.subject_id IS NULL OR s.status = 'active')");
    match filter.has_pii {
        Some(true) => drop(query.push(" AND r.pii_counts <> '{}'")),
        Some(false) => drop(query.push(" AND r.pii_counts = '{}'")),
        None => {}
    }
    if let Some(pii_type) = filter.pii_type {
        query
            .push(" AND r.pii_counts <> '{}' AND r.pii_counts ? ")
            .push_bind(pii_type.as_str());
    }
    if let Some(subject) = filter.subject {
        query.push(" AND r.subject_id = ").push_bind(subject.as_uuid());
    }
    if let Some(metadata) = &filter.metadata {
        query.push(" AND r.metadata @> ").push_bind(metadata);
    }
    query.push(" ORDER BY r.record_id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(&mut **transaction).await
}

pub(super) fn push_until(query: &mut QueryBuilder<'_, Postgres>, until: Option<u64>) {
    if let Some(until) = until {
        query
            .push(" AND position <= ")
            .push_bind(i64::try_from(until).unwrap_or(i64::MAX));
    }
}
