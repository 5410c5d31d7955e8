//! Who is told that keys are put to use; the recorder of accesses implements it.

use async_trait::async_trait;
use vault_domain::{KeyId, TenantId, access::KeyTask};

/// The use of a key could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the use of a key cannot be told")]
pub struct KeyUnobserved;

/// Is told of each key that was unwrapped before anybody gets it. What the ring remembers is not told again.
#[async_trait]
pub trait KeyObserver: Send + Sync {
    /// A key was unwrapped for a task.
    ///
    /// # Errors
    /// [`KeyUnobserved`]; then nobody gets the key.
    async fn key_used(&self, tenant: TenantId, key_id: KeyId, task: KeyTask) -> Result<(), KeyUnobserved>;
}

/// Nobody is told: for tests, and for keys that seal nothing that lasts.
#[async_trait]
impl KeyObserver for () {
    async fn key_used(&self, _: TenantId, _: KeyId, _: KeyTask) -> Result<(), KeyUnobserved> {
        Ok(())
    }
}
