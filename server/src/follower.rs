//! Reading in the log what processes change, to forget what this one holds of it.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vault_event_store::{Database, DatabaseError, Log};

/// How long after a failure the log is read again.
const PAUSE: Duration = Duration::from_millis(250);
/// How often the log is read when nothing is heard of it: what cannot be read any more is noticed.
const BEAT: Duration = Duration::from_millis(250);
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

    /// Forgets everything: what changed up to a position is not known.
    fn forget_all(&self, unknown: u64);

    /// What changed up to a position was forgotten; the log was asked for it then, and told of nothing more.
    fn caught_up(&self, _position: u64, _asked_at: Instant) {}
}

/// How far the log was read.
enum Read {
    /// To its end, as it was.
    Whole(u64),
    /// There is more.
    Part(u64),
}

/// Why it is not known what changed.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the database did not answer in time")]
    Late(#[from] tokio::time::error::Elapsed),
}

/// Follows the log for as long as the process runs.
pub(crate) struct Follower<H> {
    pub(crate) held: H,
    pub(crate) log: Log,
    pub(crate) database: Database,
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
            let asked_at = Instant::now();
            match self.read_on(position).await {
                Ok(Read::Part(reached)) => position = reached,
                Ok(Read::Whole(reached)) => {
                    position = reached;
                    current = asked_at;
                    self.held.caught_up(position, asked_at);
                    let heard = tokio::time::timeout(BEAT, self.head.changed());
                    if matches!(stop.run_until_cancelled(heard).await, None | Some(Ok(Err(_)))) {
                        return;
                    }
                }
                Err(error) => {
                    if matches!(error, Unread::Late(_)) {
                        self.database.watch_afresh();
                    }
                    if current.elapsed() > PATIENCE {
                        tracing::warn!(error = %error, what = H::NAME, "nothing is held while changes cannot be read");
                        self.held.forget_all(position);
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
                self.held.forget_all(position);
                return position;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Forgets what changed next after a position, and says how far the log is known now.
    async fn read_on(&mut self, position: u64) -> Result<Read, Unread> {
        let head = *self.head.borrow_and_update();
        // what is committed up to the head is seen
        let last = tokio::time::timeout(PATIENCE, self.held.forget_after(position)).await??;
        Ok(match last {
            None => Read::Whole(position.max(head)),
            Some(last) => Read::Part(last),
        })
    }
}
