//! Rows of `subjects`.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::SubjectId;
use vault_event_store::TenantTransaction;

/// How a subject stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SubjectRow {
    /// Its id.
    pub subject_id: Uuid,
    /// `active`, `restricted` or `erased`.
    pub status: String,
    /// Whether it must not be erased.
    pub held: bool,
    /// When a record named it first.
    pub registered_at: DateTime<Utc>,
    /// Where the log says that it was erased.
    pub erased_position: Option<i64>,
    /// Where the log says that what its keys sealed was removed.
    pub purged_position: Option<i64>,
    /// Where the log says that the key of its erasure epoch was destroyed.
    pub epoch_ended_position: Option<i64>,
}

/// A subject.
///
/// # Errors
/// When reading fails.
pub async fn find_subject(
    transaction: &mut TenantTransaction,
    id: SubjectId,
) -> Result<Option<SubjectRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT subject_id, status, held, registered_at, erased_position, purged_position, epoch_ended_position \
         FROM read_models.subjects WHERE tenant_id = current_tenant() AND subject_id = $1",
    )
    .bind(id.as_uuid())
    .fetch_optional(&mut **transaction)
    .await
}
