//! What tenants decide by, whose changes are read in the log.

use std::sync::Arc;

use async_trait::async_trait;
use vault_commands::StoredRules;
use vault_event_store::{DatabaseError, RuleChangeKind, RuleChanges};

use crate::follower::Held;

/// The policies, approvals, grants and datasets that this process remembers.
pub(crate) struct HeldRules {
    pub(crate) rules: Arc<StoredRules>,
    pub(crate) changes: RuleChanges,
}

#[async_trait]
impl Held for HeldRules {
    const NAME: &'static str = "rules";

    async fn forget_after(&self, position: u64) -> Result<Option<u64>, DatabaseError> {
        let changes = self.changes.after(position).await?;
        for change in &changes {
            match change.kind {
                RuleChangeKind::Policies => self.rules.forget_policies(change.tenant),
                RuleChangeKind::Approvals => self.rules.forget_approvals(change.tenant),
                RuleChangeKind::Grants(dataset) => self.rules.forget_grants(change.tenant, dataset),
                RuleChangeKind::Dataset(dataset) => self.rules.forget_dataset(change.tenant, dataset),
            }
        }
        Ok(changes.last().map(|change| change.position))
    }

    fn forget_all(&self) {
        self.rules.forget_all();
    }
}
