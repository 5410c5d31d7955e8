//! Keys whose changes are read in the log.

use std::sync::Arc;

use async_trait::async_trait;
use vault_crypto::{KeyRing, Scope};
use vault_domain::key::{KeyEvent, KeyScope};
use vault_event_store::{ChangeKind, DatabaseError, KeyChange, KeyRows};

use crate::follower::Held;

/// The keys that this process has unwrapped.
pub(crate) struct HeldKeys {
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) rows: KeyRows,
}

#[async_trait]
impl Held for HeldKeys {
    const NAME: &'static str = "keys";

    async fn repair(&self) -> Result<(), DatabaseError> {
        self.rows.apply_revocations().await?;
        Ok(())
    }

    async fn forget_after(&self, position: u64) -> Result<Option<u64>, DatabaseError> {
        let changes = self.rows.changes_after(position).await?;
        let revokes = |change: &KeyChange| matches!(change.kind, ChangeKind::Keys(KeyEvent::Revoked(_)));
        if changes.iter().any(revokes) {
            // before anybody loads the key again
            self.rows.apply_revocations().await?;
        }
        for change in &changes {
            self.forget(change);
        }
        Ok(changes.last().map(|change| change.position))
    }

    fn forget_all(&self, _unknown: u64) {
        self.keys.forget_all();
    }
}

impl HeldKeys {
    fn forget(&self, change: &KeyChange) {
        let key_event = match &change.kind {
            ChangeKind::Keys(event) => event,
            ChangeKind::Erased(subject) => {
                return self.keys.forget(change.tenant, Scope::Subject(*subject));
            }
            ChangeKind::EpochEnded(epoch) => return self.keys.forget_epoch(*epoch),
            ChangeKind::Unknown => return self.keys.forget_tenant(change.tenant),
        };
        match key_event {
            KeyEvent::Rotated(rotated) => self.keys.forget(change.tenant, scope(rotated.scope)),
            KeyEvent::Revoked(revoked) => self.keys.forget(change.tenant, scope(revoked.scope)),
            // who still seals with it is refused, and takes the newest one
            KeyEvent::Retired(retired) => self.keys.forget(change.tenant, scope(retired.scope)),
            KeyEvent::Destroyed(destroyed) => self.keys.forget(change.tenant, scope(destroyed.scope)),
            // the key is the same
            KeyEvent::Rewrapped(_) | KeyEvent::ContentsRewrapped(_) => {}
        }
    }
}

const fn scope(scope: KeyScope) -> Scope {
    match scope {
        KeyScope::Tenant => Scope::Tenant,
        KeyScope::Dataset(id) => Scope::Dataset(id),
        KeyScope::User(id) => Scope::User(id),
        KeyScope::Subject(id) => Scope::Subject(id),
    }
}
