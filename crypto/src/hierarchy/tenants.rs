//! Opened tenant keys: the only ones that cost a call to the KMS.
//!
//! One that has reached its age is used on while it is unwrapped anew beside those who wait for nothing. So an outage of
//! the KMS that is shorter than the cache time is not noticed; a refusal of the KMS is obeyed at once.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use vault_domain::{TenantId, access::KeyTask};

use super::{
    cache::{Aged, Freshness, KeyCache},
    error::KeyError,
    observer::KeyObserver,
    rows::WrappedTenantKey,
    store::KeyStore,
};
use crate::{
    envelope::DataKey,
    kms::{EncryptionContext, Kms, WrappedKey},
};

/// How many uses of an opened tenant key make it be unwrapped anew, whatever its age.
const FRESH_USES: u64 = 1_000_000;
/// How long after an unwrapping that failed the next is tried.
const RENEWAL_PAUSE: Duration = Duration::from_secs(1);

/// What it takes to open a tenant key.
pub(super) struct Unwrapping {
    pub(super) kms: Arc<dyn Kms>,
    pub(super) store: Arc<dyn KeyStore>,
    pub(super) observer: Arc<dyn KeyObserver>,
}

pub(super) struct TenantKeys(Arc<Shared>);

struct Shared {
    unwrapping: Unwrapping,
    cache: KeyCache<TenantId, Arc<DataKey>>,
    fresh: Freshness,
}

impl TenantKeys {
    pub(super) fn new(unwrapping: Unwrapping, fresh_age: Duration, max_keys: NonZeroUsize) -> Self {
        Self(Arc::new(Shared {
            unwrapping,
            cache: KeyCache::new(fresh_age * 2, max_keys),
            fresh: Freshness {
                age: fresh_age,
                uses: FRESH_USES,
                pause: RENEWAL_PAUSE,
            },
        }))
    }

    pub(super) async fn get(&self, tenant: TenantId) -> Result<Arc<DataKey>, KeyError> {
        let Self(shared) = self;
        if let Some(aged) = shared.cache.aged(&tenant, shared.fresh) {
            tokio::spawn(Arc::clone(shared).renew(tenant, aged));
        }
        shared.cache.get(tenant, shared.unwrapping.open(tenant)).await
    }

    pub(super) fn forget(&self, tenant: TenantId) {
        self.0.cache.retain(|key, _| *key != tenant);
    }

    pub(super) fn forget_all(&self) {
        self.0.cache.retain(|_, _| false);
    }

    pub(super) fn sweep(&self) {
        self.0.cache.sweep();
    }
}

impl Shared {
    async fn renew(self: Arc<Self>, tenant: TenantId, aged: Aged<Arc<DataKey>>) {
        match self.unwrapping.open(tenant).await {
            Ok(key) => self.cache.renew(tenant, &aged, key),
            Err(error) if error.is_outage() => {
                tracing::warn!(error = %error, "a tenant key is used on while it cannot be unwrapped anew");
            }
            Err(error) => {
                tracing::warn!(error = %error, "a tenant key is dropped");
                self.cache.drop_aged(&tenant, &aged);
            }
        }
    }
}

impl Unwrapping {
    async fn open(&self, tenant: TenantId) -> Result<Arc<DataKey>, KeyError> {
        let row = self
            .store
            .tenant_key(tenant)
            .await?
            .ok_or(KeyError::NoTenantKey { tenant })?;
        let WrappedTenantKey {
            key_id,
            provider,
            kms_key,
            wrapped: bytes,
            ..
        } = row;
        let wrapped = WrappedKey {
            provider,
            kms_key,
            bytes,
        };
        let context = EncryptionContext { tenant, key_id };
        let secret = self.kms.unwrap(&wrapped, &context).await?;
        self.observer
            .key_used(tenant, key_id, KeyTask::UnwrapKeys)
            .await?;
        Ok(Arc::new(DataKey::new(key_id, &secret)))
    }
}
