//! Where wrapped keys are kept; the event store implements it.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use vault_domain::{KeyId, TenantId};

use super::rows::{WrappedDataKey, WrappedTenantKey};
use crate::context::Scope;

/// The rows could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the key rows cannot be read")]
pub struct KeyStoreError(#[source] Arc<dyn Error + Send + Sync>);

impl KeyStoreError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }
}

/// Reads committed key rows.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// The tenant's key.
    ///
    /// # Errors
    /// When the rows cannot be read; an absent row is `None`.
    async fn tenant_key(&self, tenant: TenantId) -> Result<Option<WrappedTenantKey>, KeyStoreError>;

    /// All keys of a scope, of every purpose and generation.
    ///
    /// # Errors
    /// When the rows cannot be read; an erased scope has none.
    async fn scope_keys(&self, tenant: TenantId, scope: Scope) -> Result<Vec<WrappedDataKey>, KeyStoreError>;

    /// One key by its id.
    ///
    /// # Errors
    /// When the rows cannot be read; an absent row is `None`.
    async fn data_key(
        &self,
        tenant: TenantId,
        key_id: KeyId,
    ) -> Result<Option<WrappedDataKey>, KeyStoreError>;
}
