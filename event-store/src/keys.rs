//! Wrapped keys, as rows.

mod change;
mod contents;
mod epochs;
mod rewrap;

pub use change::{ChangeKind, KeyChange, OldKey};
pub use contents::{ContentsRewrap, KEY_NEEDED, RewrapOrder, SealedContent};
pub use epochs::{EPOCH_CLOSED, EpochRow, SubjectKeyRow};
pub use rewrap::{KeyInventory, RootWrapped};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{KeyId, TenantId};

use crate::{
    append::{DataKeyRow, TenantKeyRow},
    database::Database,
};

/// The service key of the vault, wrapped by a KMS.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ServiceKeyRow {
    /// The key.
    pub key_id: Uuid,
    /// The KMS provider that wrapped it.
    pub kms_provider: String,
    /// The provider's name of its own key.
    pub kms_key: String,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
    /// When it was wrapped first.
    pub created_at: DateTime<Utc>,
}

const DATA_KEY_COLUMNS: &str = "key_id, scope_type, scope_id, purpose, generation, wrapped, epoch_id, \
     created_at, revoked_at";

/// Reads wrapped keys.
#[derive(Clone)]
pub struct KeyRows {
    database: Database,
}

impl KeyRows {
    /// Reads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The newest key of a tenant.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn tenant_key(&self, tenant: TenantId) -> Result<Option<TenantKeyRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT key_id, kms_provider, kms_key, wrapped, created_at FROM tenant_keys \
             WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 1",
        )
        .bind(tenant.as_uuid())
        .fetch_optional(&self.database.writer)
        .await
    }

    /// All tenants that have a key, in the order of their ids.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, sqlx::Error> {
        let ids: Vec<uuid::Uuid> =
            sqlx::query_scalar("SELECT DISTINCT tenant_id FROM tenant_keys ORDER BY tenant_id")
                .fetch_all(&self.database.writer)
                .await?;
        Ok(ids.into_iter().map(TenantId::from_uuid).collect())
    }

    /// The service key, if one is stored.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn service_key(&self) -> Result<Option<ServiceKeyRow>, sqlx::Error> {
        sqlx::query_as("SELECT key_id, kms_provider, kms_key, wrapped, created_at FROM service_keys")
            .fetch_optional(&self.database.writer)
            .await
    }

    /// Stores the service key, unless one is stored already; the one that is stored then.
    ///
    /// # Errors
    /// When writing or reading fails.
    pub async fn keep_service_key(&self, row: &ServiceKeyRow) -> Result<ServiceKeyRow, sqlx::Error> {
        sqlx::query(
            "INSERT INTO service_keys (key_id, kms_provider, kms_key, wrapped, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (only_one) DO NOTHING",
        )
        .bind(row.key_id)
        .bind(&row.kms_provider)
        .bind(&row.kms_key)
        .bind(&row.wrapped)
        .bind(row.created_at)
        .execute(&self.database.writer)
        .await?;
        self.service_key().await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// Provider and name of the root key that wrapped first, if anything was ever wrapped.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn first_root_key(&self) -> Result<Option<(String, String)>, sqlx::Error> {
        sqlx::query_as(
            "SELECT kms_provider, kms_key FROM (\
             SELECT kms_provider, kms_key, created_at FROM tenant_keys UNION ALL \
             SELECT provider, kms_key, created_at FROM log_signing_keys WHERE provider IS NOT NULL) wrapped \
             ORDER BY created_at LIMIT 1",
        )
        .fetch_optional(&self.database.writer)
        .await
    }

    /// All keys of a scope, the newest generation first.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn scope_keys(
        &self,
        tenant: TenantId,
        scope_type: &str,
        scope_id: Uuid,
    ) -> Result<Vec<DataKeyRow>, sqlx::Error> {
        sqlx::query_as(&format!(
            "SELECT {DATA_KEY_COLUMNS} FROM data_keys WHERE tenant_id = $1 AND scope_type = $2 AND scope_id = $3 \
             ORDER BY generation DESC"
        ))
        .bind(tenant.as_uuid())
        .bind(scope_type)
        .bind(scope_id)
        .fetch_all(&self.database.writer)
        .await
    }

    /// One key.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn data_key(&self, tenant: TenantId, key: KeyId) -> Result<Option<DataKeyRow>, sqlx::Error> {
        sqlx::query_as(&format!(
            "SELECT {DATA_KEY_COLUMNS} FROM data_keys WHERE tenant_id = $1 AND key_id = $2"
        ))
        .bind(tenant.as_uuid())
        .bind(key.as_uuid())
        .fetch_optional(&self.database.writer)
        .await
    }
}
