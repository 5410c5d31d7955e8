//! What tenants decide by and rows of datasets, whose changes are read in the log.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use vault_commands::StoredRules;
use vault_event_store::{Database, DatabaseError, RuleChangeKind, RuleChanges};
use vault_projections::read::serving_copy;
use vault_queries::RememberedRows;

use crate::follower::Held;

/// The policies, approvals, grants and datasets that this process remembers, and the rows of these.
pub(crate) struct HeldRules {
    pub(crate) rules: Arc<StoredRules>,
    pub(crate) rows: Arc<RememberedRows>,
    pub(crate) changes: RuleChanges,
    pub(crate) database: Database,
}

#[async_trait]
impl Held for HeldRules {
    const NAME: &'static str = "rules";

    async fn forget_after(&self, position: u64) -> Result<Option<u64>, DatabaseError> {
        let (changes, copy) = tokio::try_join!(self.changes.after(position), serving_copy(&self.database))?;
        self.rows.serve_copy(copy);
        for change in &changes {
            match change.kind {
                RuleChangeKind::Policies => self.rules.forget_policies(change.tenant),
                RuleChangeKind::Approvals => self.rules.forget_approvals(change.tenant),
                RuleChangeKind::Grants(dataset) => self.rules.forget_grants(change.tenant, dataset),
                RuleChangeKind::Dataset(dataset) => {
                    self.rules.forget_dataset(change.tenant, dataset);
                    self.rows.forget(change.tenant, dataset, change.position);
                }
            }
        }
        Ok(changes.last().map(|change| change.position))
    }

    fn forget_all(&self, unknown: u64) {
        self.rules.forget_all();
        self.rows.forget_all(unknown);
    }

    fn caught_up(&self, position: u64, asked_at: Instant) {
        self.rows.tail().reach(position, asked_at);
    }
}
