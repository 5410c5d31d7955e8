//! What happened to keys, and which of them have become old.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{DomainEvent, EpochId, KeyId, SubjectId, TenantId, key::KeyEvent, subject::SubjectEvent};

use super::KeyRows;

/// The most changes that are read at once.
const CHANGES_AT_ONCE: i64 = 1_000;

/// Something that happened to a tenant's keys.
#[derive(Debug, Clone)]
pub struct KeyChange {
    /// Where it stands in the log.
    pub position: u64,
    /// The tenant.
    pub tenant: TenantId,
    /// What it was.
    pub kind: ChangeKind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum ChangeKind {
    /// Something to one scope's keys.
    Keys(KeyEvent),
    /// A subject was erased, and its keys with it.
    Erased(SubjectId),
    /// The key of an erasure epoch was destroyed.
    EpochEnded(EpochId),
    /// What a newer build wrote, and this one does not know.
    Unknown,
}

/// A content key that seals, and is old.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct OldKey {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The key.
    pub key_id: Uuid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    position: i64,
    tenant_id: Uuid,
    aggregate_id: String,
    event_type: String,
    event_version: String,
    payload: String,
}

impl KeyRows {
    /// What happened to keys after a position, in order; not all at once, if it was much.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn changes_after(&self, position: u64) -> Result<Vec<KeyChange>, sqlx::Error> {
        // the literals, so that the indexes for them are used
        let rows: Vec<ChangeRow> = sqlx::query_as(
            "SELECT position, tenant_id, aggregate_id, event_type, event_version, payload::text AS payload FROM (\
             (SELECT * FROM events WHERE aggregate_type = 'key' AND position > $1 ORDER BY position LIMIT $2) \
             UNION ALL \
             (SELECT * FROM events WHERE event_type IN ('subject.erased', 'subject.epoch_ended') AND position > $1 \
              ORDER BY position LIMIT $2)) changes ORDER BY position LIMIT $2",
        )
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(CHANGES_AT_ONCE)
        .fetch_all(&self.database.watching())
        .await?;
        Ok(rows.into_iter().map(KeyChange::from).collect())
    }

    /// Marks the keys that the log says are revoked, and are not marked yet. The same again changes nothing.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn apply_revocations(&self) -> Result<u64, sqlx::Error> {
        let marked = sqlx::query(
            "UPDATE data_keys k SET revoked_at = e.recorded_at FROM events e \
             WHERE e.aggregate_type = 'key' AND e.event_type = 'key.revoked' AND k.tenant_id = e.tenant_id \
               AND k.key_id = (e.payload ->> 'key_id')::uuid AND k.revoked_at IS NULL",
        )
        .execute(&self.database.writer)
        .await?;
        Ok(marked.rows_affected())
    }

    /// Content keys of datasets and tenants that seal and were made before a time, after one of them, oldest first.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn old_keys(
        &self,
        before: DateTime<Utc>,
        after: Option<OldKey>,
        limit: i64,
    ) -> Result<Vec<OldKey>, sqlx::Error> {
        sqlx::query_as(
            "SELECT tenant_id, key_id, created_at FROM data_keys k \
             WHERE purpose = 'content' AND scope_type IN ('tenant', 'dataset') AND created_at < $1 \
               AND ($2::timestamptz IS NULL OR (created_at, key_id) > ($2, $3)) \
               AND NOT EXISTS (SELECT FROM data_keys newer WHERE newer.tenant_id = k.tenant_id \
                 AND newer.scope_type = k.scope_type AND newer.scope_id = k.scope_id \
                 AND newer.purpose = k.purpose AND newer.generation > k.generation) \
             ORDER BY created_at, key_id LIMIT $4",
        )
        .bind(before)
        .bind(after.map(|key| key.created_at))
        .bind(after.map(|key| key.key_id))
        .bind(limit)
        .fetch_all(&self.database.writer)
        .await
    }
}

impl OldKey {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        TenantId::from_uuid(self.tenant_id)
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        KeyId::from_uuid(self.key_id)
    }
}

impl From<ChangeRow> for KeyChange {
    fn from(row: ChangeRow) -> Self {
        let version = row.event_version.parse().unwrap_or(0);
        Self {
            position: row.position.unsigned_abs(),
            tenant: TenantId::from_uuid(row.tenant_id),
            kind: kind(&row, version).unwrap_or(ChangeKind::Unknown),
        }
    }
}

fn kind(row: &ChangeRow, version: u32) -> Option<ChangeKind> {
    if row.event_type == "subject.erased" {
        return row.aggregate_id.parse().ok().map(ChangeKind::Erased);
    }
    if row.event_type == "subject.epoch_ended" {
        return match SubjectEvent::decode(&row.event_type, version, &row.payload) {
            Ok(SubjectEvent::EpochEnded(ended)) => Some(ChangeKind::EpochEnded(ended.epoch_id)),
            _ => None,
        };
    }
    KeyEvent::decode(&row.event_type, version, &row.payload)
        .ok()
        .map(ChangeKind::Keys)
}
