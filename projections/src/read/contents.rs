//! Which records have their content in the object store.

use uuid::Uuid;
use vault_event_store::TenantTransaction;

/// How many records are looked at in one statement.
const RECORDS_AT_ONCE: i64 = 5_000;

/// A record, and whether its content is in the object store.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RecordPlaceRow {
    /// The dataset.
    pub dataset_id: Uuid,
    /// The record.
    pub record_id: Uuid,
    /// The person whom it is about.
    pub subject_id: Option<Uuid>,
    /// The address of its content.
    pub content: Vec<u8>,
    /// Whether the database does not hold it.
    pub is_large: bool,
}

/// Records of the tenant in the order of datasets and ids, after one of them, without those of erased subjects. Some at
/// a time: none is left when none are given.
///
/// # Errors
/// When reading fails.
pub async fn list_record_places(
    transaction: &mut TenantTransaction,
    after: (Uuid, Uuid),
) -> Result<Vec<RecordPlaceRow>, sqlx::Error> {
    sqlx::query_as(
        "WITH page AS MATERIALIZED (SELECT r.tenant_id, r.dataset_id, r.record_id, r.subject_id, r.content \
           FROM read_models.records r LEFT JOIN read_models.subjects s \
             ON s.tenant_id = r.tenant_id AND s.subject_id = r.subject_id \
           WHERE (r.dataset_id, r.record_id) > ($1, $2) AND s.status IS DISTINCT FROM 'erased' \
           ORDER BY r.dataset_id, r.record_id LIMIT $3) \
         SELECT dataset_id, record_id, subject_id, content, NOT EXISTS (SELECT FROM record_contents c \
           WHERE c.dataset_id = page.dataset_id AND c.address = page.content) AS is_large \
         FROM page ORDER BY dataset_id, record_id",
    )
    .bind(after.0)
    .bind(after.1)
    .bind(RECORDS_AT_ONCE)
    .fetch_all(&mut **transaction)
    .await
}
