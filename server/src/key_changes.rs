//! What other processes change about keys: this one reads it in the log, and forgets what it held.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use vault_crypto::{KeyRing, Scope};
use vault_domain::key::{KeyEvent, KeyScope};
use vault_event_store::{ChangeKind, DatabaseError, KeyChange, KeyRows, Log};

/// How long after a failure the log is read again.
const PAUSE: Duration = Duration::from_millis(250);
/// How long keys are used whose changes are not known.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct KeyFollower {
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) rows: KeyRows,
    pub(crate) log: Log,
    pub(crate) head: watch::Receiver<u64>,
}

impl KeyFollower {
    /// Follows the log from where it stands.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let Some(mut position) = stop.run_until_cancelled(self.start()).await else {
            return;
        };
        let mut current = Instant::now();
        loop {
            match self.catch_up(position).await {
                Ok(reached) => {
                    position = reached;
                    current = Instant::now();
                    let changed = stop.run_until_cancelled(self.head.changed()).await;
                    if !matches!(changed, Some(Ok(()))) {
                        return;
                    }
                }
                Err(error) => {
                    if current.elapsed() > PATIENCE {
                        tracing::warn!(error = %error, "no key is kept while changes of keys cannot be read");
                        self.keys.forget_all();
                    }
                    let slept = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                    if slept.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// Where the log stands. What was loaded before that was known may have changed since.
    async fn start(&self) -> u64 {
        loop {
            let position = self.log.last_position().await;
            // what broke off between its event and its row
            let applied = self.rows.apply_revocations().await;
            if let (Ok(position), Ok(_)) = (position, applied) {
                self.keys.forget_all();
                return position;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Forgets what changed after a position, and says how far the log is known now.
    async fn catch_up(&mut self, mut position: u64) -> Result<u64, DatabaseError> {
        let head = *self.head.borrow_and_update();
        while position < head {
            let changes = self.rows.changes_after(position).await?;
            // what is committed up to the head is seen
            let Some(last) = changes.last() else {
                return Ok(head);
            };
            position = last.position;
            let revokes = |change: &KeyChange| matches!(change.kind, ChangeKind::Keys(KeyEvent::Revoked(_)));
            if changes.iter().any(revokes) {
                // before anybody loads the key again
                self.rows.apply_revocations().await?;
            }
            for change in &changes {
                self.forget(change);
            }
        }
        Ok(position)
    }

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
            KeyEvent::Destroyed(destroyed) => self.keys.forget(change.tenant, scope(destroyed.scope)),
            // the key is the same
            KeyEvent::Rewrapped(_) => {}
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
