//! Rows of `data_keys`, without the keys.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_event_store::TenantTransaction;

/// One key of a scope.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KeyRow {
    /// Its id.
    pub key_id: Uuid,
    /// `tenant`, `dataset` or `user`.
    pub scope_type: String,
    /// Which one.
    pub scope_id: Uuid,
    /// `content`, `value`, `address` or `lookup`.
    pub purpose: String,
    /// From 1.
    pub generation: i32,
    /// Whether it is the newest of its scope and purpose.
    pub is_newest: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens no content any more.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How it is with sealing anew what it sealed, if somebody asked for it.
    pub rewrap: Option<String>,
    /// How many contents, and chunks of large ones, were sealed anew.
    pub rewrapped: Option<i64>,
}

/// The tenant's keys after one of them, in the order of their ids.
///
/// # Errors
/// When reading fails.
pub async fn list_keys(
    transaction: &mut TenantTransaction,
    scope_id: Option<Uuid>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<KeyRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT key_id, scope_type, scope_id, purpose, generation, created_at, revoked_at, \
         NOT EXISTS (SELECT FROM data_keys newer WHERE newer.tenant_id = k.tenant_id \
           AND newer.scope_type = k.scope_type AND newer.scope_id = k.scope_id \
           AND newer.purpose = k.purpose AND newer.generation > k.generation) AS is_newest, \
         r.state AS rewrap, r.contents AS rewrapped \
         FROM data_keys k LEFT JOIN key_rewraps r USING (tenant_id, key_id) WHERE key_id > $1 AND ($2::uuid IS NULL OR scope_id = $2) ORDER BY key_id LIMIT $3",
    )
    .bind(after)
    .bind(scope_id)
    .bind(limit)
    .fetch_all(&mut **transaction)
    .await
}
