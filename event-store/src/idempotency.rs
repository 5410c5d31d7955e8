//! What was answered to requests with an `Idempotency-Key`.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{EventId, KeyedHash, TenantId};

use crate::{
    database::Database,
    error::LoadError,
    log::{COLUMNS, StoredEvent},
};

/// How a request was answered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Keyed hash of the body that it had.
    pub body: KeyedHash,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The first event that it made.
    pub event: Option<EventId>,
}

/// Looks answers up.
#[derive(Clone)]
pub struct Idempotency {
    database: Database,
}

impl Idempotency {
    /// Reads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// How a request with this key was answered, unless that is forgotten.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn find(
        &self,
        tenant: TenantId,
        key: KeyedHash,
        now: DateTime<Utc>,
    ) -> Result<Option<Answered>, LoadError> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let row: Option<(Vec<u8>, i16, Option<Uuid>)> = sqlx::query_as(
            "SELECT body_hash, status, event_id FROM idempotency_keys \
             WHERE tenant_id = $1 AND key_hash = $2 AND expires_at > $3",
        )
        .bind(tenant.as_uuid())
        .bind(key.as_bytes().as_slice())
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(row.and_then(|(body, status, event)| {
            Some(Answered {
                body: KeyedHash::from_bytes(body.try_into().ok()?),
                status: status.unsigned_abs(),
                event: event.map(EventId::from_uuid),
            })
        }))
    }

    /// The events of the stream that an event began or continued, from that event on, as far as they were appended
    /// together with it.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn events_of(&self, tenant: TenantId, first: EventId) -> Result<Vec<StoredEvent>, LoadError> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let query = format!(
            "SELECT {COLUMNS} FROM events WHERE (aggregate_type, aggregate_id, recorded_at) = \
             (SELECT aggregate_type, aggregate_id, recorded_at FROM events WHERE event_id = $1 AND tenant_id = $2) \
             AND sequence >= (SELECT sequence FROM events WHERE event_id = $1) ORDER BY sequence"
        );
        let rows = sqlx::query_as(&query)
            .bind(first.as_uuid())
            .bind(tenant.as_uuid())
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Forgets what has expired, at most `limit` answers, and says how many.
    ///
    /// # Errors
    /// When deleting fails.
    pub async fn forget_expired(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, LoadError> {
        let deleted = sqlx::query(
            "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(\
             SELECT ctid FROM idempotency_keys WHERE expires_at <= $1 LIMIT $2))",
        )
        .bind(now)
        .bind(i64::from(limit))
        .execute(&self.database.writer)
        .await?;
        Ok(deleted.rows_affected())
    }
}
