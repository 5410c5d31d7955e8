//! The key rows of the event store, as the key ring wants them.

use async_trait::async_trait;
use uuid::Uuid;
use vault_crypto::{KeyPurpose, KeyStore, KeyStoreError, Scope, WrappedDataKey, WrappedTenantKey};
use vault_domain::{EpochId, KeyId, TenantId};
use vault_event_store::{DataKeyRow, KeyRows};

/// A row holds what no key row can hold.
#[derive(Debug, thiserror::Error)]
#[error("a key row is malformed")]
struct MalformedRow;

/// Gives the key ring its rows.
pub struct StoredKeys(KeyRows);

impl StoredKeys {
    /// Reads from the event store.
    #[must_use]
    pub const fn new(rows: KeyRows) -> Self {
        Self(rows)
    }
}

/// The id under which a scope's keys are stored; the tenant's own scope has the tenant's.
fn scope_id(tenant: TenantId, scope: Scope) -> Uuid {
    scope.id().unwrap_or_else(|| tenant.as_uuid())
}

fn wrapped(tenant: TenantId, row: DataKeyRow) -> Result<WrappedDataKey, KeyStoreError> {
    let id = (row.scope_id != tenant.as_uuid()).then_some(row.scope_id);
    Ok(WrappedDataKey {
        tenant,
        key_id: KeyId::from_uuid(row.key_id),
        scope: Scope::from_columns(&row.scope_type, id).map_err(KeyStoreError::new)?,
        generation: u32::try_from(row.generation).map_err(|_| KeyStoreError::new(MalformedRow))?,
        purpose: row.purpose.parse::<KeyPurpose>().map_err(KeyStoreError::new)?,
        wrapped: row.wrapped,
        epoch: row.epoch_id.map(EpochId::from_uuid),
        is_revoked: row.revoked_at.is_some(),
    })
}

#[async_trait]
impl KeyStore for StoredKeys {
    async fn tenant_key(&self, tenant: TenantId) -> Result<Option<WrappedTenantKey>, KeyStoreError> {
        let row = self.0.tenant_key(tenant).await.map_err(KeyStoreError::new)?;
        Ok(row.map(|row| WrappedTenantKey {
            tenant,
            key_id: KeyId::from_uuid(row.key_id),
            provider: row.kms_provider,
            kms_key: row.kms_key,
            wrapped: row.wrapped,
        }))
    }

    async fn scope_keys(&self, tenant: TenantId, scope: Scope) -> Result<Vec<WrappedDataKey>, KeyStoreError> {
        let rows = self
            .0
            .scope_keys(tenant, scope.kind(), scope_id(tenant, scope))
            .await
            .map_err(KeyStoreError::new)?;
        rows.into_iter().map(|row| wrapped(tenant, row)).collect()
    }

    async fn data_key(
        &self,
        tenant: TenantId,
        key_id: KeyId,
    ) -> Result<Option<WrappedDataKey>, KeyStoreError> {
        let row = self
            .0
            .data_key(tenant, key_id)
            .await
            .map_err(KeyStoreError::new)?;
        row.map(|row| wrapped(tenant, row)).transpose()
    }
}
