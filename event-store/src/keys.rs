//! Wrapped keys, as rows.

use uuid::Uuid;
use vault_domain::{KeyId, TenantId};

use crate::{
    append::{DataKeyRow, TenantKeyRow},
    database::Database,
};

const DATA_KEY_COLUMNS: &str = "key_id, scope_type, scope_id, purpose, generation, wrapped, created_at";

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
