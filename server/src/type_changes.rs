//! Tenants' own types whose changes are read in the log.

use std::sync::Arc;

use async_trait::async_trait;
use vault_commands::Vault;
use vault_event_store::{CustomTypeChanges, DatabaseError};

use crate::follower::Held;

/// The detectors that this process has compiled for tenants.
pub(crate) struct HeldDetectors {
    pub(crate) vault: Arc<Vault>,
    pub(crate) changes: CustomTypeChanges,
}

#[async_trait]
impl Held for HeldDetectors {
    const NAME: &'static str = "detectors";

    async fn forget_after(&self, position: u64) -> Result<Option<u64>, DatabaseError> {
        let changes = self.changes.after(position).await?;
        for (_, tenant) in &changes {
            self.vault.detectors.forget(*tenant);
        }
        Ok(changes.last().map(|(position, _)| *position))
    }

    fn forget_all(&self, _unknown: u64) {
        self.vault.detectors.forget_all();
    }
}
