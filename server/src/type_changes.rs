//! What other processes change about tenants' own types: this one reads it in the log, and forgets what it compiled.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use vault_commands::Vault;
use vault_event_store::{CustomTypeChanges, DatabaseError, Log};

/// How long after a failure the log is read again.
const PAUSE: Duration = Duration::from_millis(250);
/// How long detectors are used of which it is not known whether they have changed.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct TypeFollower {
    pub(crate) vault: Arc<Vault>,
    pub(crate) changes: CustomTypeChanges,
    pub(crate) log: Log,
    pub(crate) head: watch::Receiver<u64>,
}

impl TypeFollower {
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
                        tracing::warn!(error = %error, "no detector is kept while changes of types cannot be read");
                        self.vault.detectors.forget_all();
                    }
                    let slept = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                    if slept.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// Where the log stands. What was compiled before that was known may have changed since.
    async fn start(&self) -> u64 {
        loop {
            if let Ok(position) = self.log.last_position().await {
                self.vault.detectors.forget_all();
                return position;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Forgets what changed after a position, and says how far the log is known now.
    async fn catch_up(&mut self, mut position: u64) -> Result<u64, DatabaseError> {
        let head = *self.head.borrow_and_update();
        while position < head {
            let changes = self.changes.after(position).await?;
            // what is committed up to the head is seen
            let Some((last, _)) = changes.last() else {
                return Ok(head);
            };
            position = *last;
            for (_, tenant) in &changes {
                self.vault.detectors.forget(*tenant);
            }
        }
        Ok(position)
    }
}
