//! The recorder, as the key ring knows it.

use async_trait::async_trait;
use vault_crypto::{KeyObserver, KeyUnobserved};
use vault_domain::{KeyId, TenantId, access::KeyTask};
use vault_event_store::{Access, Recorder};

/// Takes the uses of keys down.
pub(crate) struct RecordedKeys(pub(crate) Recorder);

#[async_trait]
impl KeyObserver for RecordedKeys {
    async fn key_used(&self, tenant: TenantId, key: KeyId, task: KeyTask) -> Result<(), KeyUnobserved> {
        let access = Access::KeyUsed { key, task };
        let recorded = self.0.record(tenant, access).await;
        recorded.map_err(|_| KeyUnobserved)
    }
}
