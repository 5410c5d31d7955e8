//! Reading in the log what processes change, to forget what this one holds of it.

use std::time::Duration;

use async_trait::async_trait;
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use vault_event_store::{DatabaseError, Log};

/// How long after a failure the log is read again.
const PAUSE: Duration = Duration::from_millis(250);
/// How long things are held whose changes are not known.
const PATIENCE: Duration = Duration::from_secs(1);

/// Things that a process holds, and that others may change.
#[async_trait]
pub(crate) trait Held: Send + Sync + 'static {
    /// What they are, for messages.
    const NAME: &'static str;

    /// Completes what broke off between its event and its row. Comes before everything else.
    async fn repair(&self) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Forgets what the next changes after a position concern, and gives the position of the last of them; nothing when
    /// there are none.
    async fn forget_after(&self, position: u64) -> Result<Option<u64>, DatabaseError>;

    /// Forgets everything.
    fn forget_all(&self);
}

/// Follows the log for as long as the process runs.
pub(crate) struct Follower<H> {
    pub(crate) held: H,
    pub(crate) log: Log,
    pub(crate) head: watch::Receiver<u64>,
}

impl<H: Held> Follower<H> {
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
                        tracing::warn!(error = %error, what = H::NAME, "nothing is held while changes cannot be read");
                        self.held.forget_all();
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
            let repaired = self.held.repair().await;
            if let (Ok(position), Ok(())) = (position, repaired) {
                self.held.forget_all();
                return position;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Forgets what changed after a position, and says how far the log is known now.
    async fn catch_up(&mut self, mut position: u64) -> Result<u64, DatabaseError> {
        let head = *self.head.borrow_and_update();
        while position < head {
            // what is committed up to the head is seen
            let Some(last) = self.held.forget_after(position).await? else {
                return Ok(head);
            };
            position = last;
        }
        Ok(position)
    }
}
