//! Group commit: one task a process takes what is waiting and commits it in one round trip.
//!
//! Several processes compete for one advisory lock, each holding it for one batch. So the log has a total order,
//! positions have no gaps, and throughput grows with concurrency.

mod arrays;
mod collect;
mod commit;
mod json_text;
mod outcome;
mod rare_rows;
mod recover;

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use vault_domain::Clock;

use crate::{
    append::{Append, Appended},
    error::AppendError,
    hash::BatchMacKey,
    head::Head,
};

/// The most appends of one batch.
pub(crate) const MAX_BATCH_APPENDS: usize = 1_000;
/// The most bytes of one batch, unless one append alone is larger.
pub(crate) const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// The most appends that wait.
const MAX_WAITING: usize = 16 * 1024;
/// The most bytes that wait; callers beyond them wait before they queue.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// What an appender needs.
pub struct AppenderConfig {
    /// How to reach Postgres as the role that writes.
    pub connect: PgConnectOptions,
    /// The key of the batch MAC.
    pub mac_key: BatchMacKey,
    /// Stamps events.
    pub clock: Arc<dyn Clock>,
    /// Told of every committed position.
    pub head: Head,
}

/// The way into the log. Cheap to clone; all clones feed one task.
#[derive(Clone)]
pub struct Appender {
    queue: mpsc::Sender<Pending>,
    waiting_bytes: Arc<Semaphore>,
}

/// An append that waits, and who waits for it.
pub(crate) struct Pending {
    pub(crate) append: Append,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
    _bytes: OwnedSemaphorePermit,
}

impl Appender {
    /// Starts the task that commits. It ends, after the last waiting append, when `stop` is cancelled or every
    /// clone of the appender is gone.
    #[must_use]
    pub fn start(config: AppenderConfig, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let task = tokio::spawn(commit::run(config, waiting, stop));
        let waiting_bytes = Arc::new(Semaphore::new(MAX_WAITING_BYTES));
        (Self { queue, waiting_bytes }, task)
    }

    /// Appends, and returns when the events and their side rows are durable.
    ///
    /// # Errors
    /// [`AppendError`], for this append alone. After `Unavailable` the events may or may not be in the log.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let bytes = append.size_bytes().clamp(1, MAX_WAITING_BYTES);
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.waiting_bytes)
            .acquire_many_owned(permits)
            .await
            .map_err(|_| AppendError::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        self.queue
            .send(Pending {
                append,
                reply,
                _bytes: permit,
            })
            .await
            .map_err(|_| AppendError::Unavailable)?;
        answer.await.map_err(|_| AppendError::Unavailable)?
    }
}
