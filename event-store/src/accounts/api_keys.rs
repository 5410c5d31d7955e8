//! What programs prove themselves with.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Accounts;

/// An API key, beside its stream.
#[derive(Clone, sqlx::FromRow)]
pub struct ApiKeyRow {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The key.
    pub key_id: Uuid,
    /// In whose name it calls.
    pub user_id: Uuid,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// The first characters of the secret.
    pub hint: String,
    /// SHA-256 of the secret before, if it was rotated.
    pub previous_hash: Option<Vec<u8>>,
    /// Until when that one is good.
    pub previous_until: Option<DateTime<Utc>>,
    /// The sealed name.
    pub name: Vec<u8>,
    /// Names of actions.
    pub scopes: Vec<String>,
    /// How many requests it may send in a second, if fewer than its user.
    pub requests_per_s: Option<i32>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its time is over.
    pub expires_at: DateTime<Utc>,
    /// When it got its present secret, if not at first.
    pub rotated_at: Option<DateTime<Utc>>,
    /// When it was revoked, or taken down as expired.
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// When it was used last, as far as it was written down.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for ApiKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeyRow")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// An API key that somebody called with, and what its user is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FoundApiKey {
    /// The key.
    #[sqlx(flatten)]
    pub key: ApiKeyRow,
    /// The user's roles.
    pub roles: Vec<String>,
    /// Whether the user cannot log in.
    pub user_is_disabled: bool,
}

impl Accounts {
    /// The API key with this secret, present or former, whatever has become of it.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn find_api_key(&self, secret_hash: &[u8]) -> Result<Option<FoundApiKey>, sqlx::Error> {
        sqlx::query_as(
            "SELECT k.*, c.roles, c.disabled_at IS NOT NULL AS user_is_disabled FROM api_keys k \
             JOIN credentials c ON c.tenant_id = k.tenant_id AND c.user_id = k.user_id \
             WHERE k.secret_hash = $1 OR k.previous_hash = $1",
        )
        .bind(secret_hash)
        .fetch_optional(&self.database.writer)
        .await
    }

    /// One API key of a tenant.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn api_key(&self, tenant: Uuid, key: Uuid) -> Result<Option<ApiKeyRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM api_keys WHERE tenant_id = $1 AND key_id = $2")
            .bind(tenant)
            .bind(key)
            .fetch_optional(&self.database.writer)
            .await
    }

    /// The API keys of a tenant after one of them, of one user if one is named, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn api_keys(
        &self,
        tenant: Uuid,
        user: Option<Uuid>,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<ApiKeyRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM api_keys WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND key_id > $3 \
             ORDER BY key_id LIMIT $4",
        )
        .bind(tenant)
        .bind(user)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.database.writer)
        .await
    }

    /// How many API keys of a user are good now.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn count_api_keys(
        &self,
        tenant: Uuid,
        user: Uuid,
        now: DateTime<Utc>,
    ) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT count(*) FROM api_keys \
             WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3",
        )
        .bind(tenant)
        .bind(user)
        .bind(now)
        .fetch_one(&self.database.writer)
        .await
    }

    /// API keys that have expired and were not taken down as such, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn expired_api_keys(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<ApiKeyRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM api_keys WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(&self.database.writer)
        .await
    }

    /// Writes down when API keys were used last: tenants, keys and times, in the same order.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn write_api_key_uses(
        &self,
        tenants: &[Uuid],
        keys: &[Uuid],
        times: &[DateTime<Utc>],
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, u.used_at) \
             FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS u(tenant_id, key_id, used_at) \
             WHERE k.tenant_id = u.tenant_id AND k.key_id = u.key_id",
        )
        .bind(tenants)
        .bind(keys)
        .bind(times)
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }
}
