//! The one mechanism that moves every read model: leader by lease, batches, checkpoint in the same transaction.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use vault_event_store::{Database, Head, Lease, Log, StoredEvent};

use crate::{
    batch_size::BatchSize, checkpoint::Checkpoint, error::ProjectionError, progress::ReadModels,
    skip::is_skipped,
};

/// The pause before a failed batch, or the way to the database, is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// How often the log is looked at when nothing was heard of it, and a stop when nobody has cleared it.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// How long a page of the log, and then its batch, may take; the connection may be one to a machine that vanished.
const READ_PATIENCE: Duration = Duration::from_secs(10);
/// A batch may wait for the last step of a rebuild.
const APPLY_PATIENCE: Duration = Duration::from_mins(1);
/// Keeps the leases of projectors apart from other advisory locks.
const LEASE_CLASS: i32 = 0x5650;

/// Rows and checkpoint are lost together or not at all, and events are applied again then: no reason to wait for a disk.
/// A leader whose machine vanished amid a batch must not hold its checkpoint.
const BEGIN: &str = "BEGIN; SET LOCAL search_path = read_models, public; SET LOCAL synchronous_commit = off; \
     SET LOCAL idle_in_transaction_session_timeout = '3s'";

/// A read model that is built from events.
///
/// Applying an event writes rows through the connection that it is given, and does nothing else: a rebuild applies all
/// events again. What tells others of events is no projection. It follows the log by a [`Lease`] and a [`Checkpoint`]
/// of its own, which no rebuild can move.
#[async_trait]
pub trait Projection: Send + Sync {
    /// Its name: of its checkpoint, and of its table.
    fn name(&self) -> &'static str;

    /// Applies events, in order, to the tables that the connection's search path shows. The transaction, and the
    /// checkpoint in it, are the caller's.
    ///
    /// # Errors
    /// When nothing of the batch may be kept.
    async fn apply(
        &self,
        events: &[StoredEvent],
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError>;
}

/// Runs one projection in this process; one instance is active across all processes.
pub struct Projector {
    /// What it builds.
    pub projection: Arc<dyn Projection>,
    /// Where it reads and writes.
    pub database: Database,
    /// What wakes it.
    pub head: Head,
    /// Whom it tells.
    pub read_models: ReadModels,
}

impl Projector {
    /// Runs until `stop` is cancelled. At an event that cannot be applied it stands still until the stop is cleared.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            // what a turn holds is large: it stands on the heap
            let turn = Box::pin(self.take_a_turn());
            if stop.run_until_cancelled(turn).await.is_none() {
                return;
            }
        }
    }

    /// Leads for as long as that goes well, and then pauses.
    async fn take_a_turn(&self) {
        let name = self.projection.name();
        match self.lead_once().await {
            Ok(Ended::Poisoned) => self.wait_until_cleared().await,
            Ok(Ended::LeaseLost) => tracing::warn!(projection = name, "leads no more"),
            Err(error) => {
                tracing::warn!(projection = name, error = %error, kind = error.kind(), "a projector is held up");
            }
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.projection.name())
    }

    /// Stands still until an operator has cleared the stop, as a rebuild or a skip does.
    async fn wait_until_cleared(&self) {
        let name = self.projection.name();
        loop {
            tokio::time::sleep(LOOK_PAUSE).await;
            match self.checkpoint().is_stopped(&self.database.writer).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(projection = name, error = %error, "a checkpoint cannot be read");
                }
            }
        }
    }

    /// Waits until no other instance leads, and leads until that ends.
    async fn lead_once(&self) -> Result<Ended, ProjectionError> {
        let name = self.projection.name();
        let lease = Lease::wait(&self.database, LEASE_CLASS, name).await?;
        tracing::info!(projection = name, "leads");
        let _leads = Leads::new(name);
        lease
            .while_held(self.follow_log())
            .await
            .unwrap_or(Ok(Ended::LeaseLost))
    }

    /// Applies what follows the checkpoint, until an event cannot be applied.
    async fn follow_log(&self) -> Result<Ended, ProjectionError> {
        let name = self.projection.name();
        let log = Log::new(self.database.clone());
        let mut head = self.head.subscribe();
        let mut size = BatchSize::default();
        let mut position = self.checkpoint().load(&self.database.writer).await?;
        self.read_models.advance(name, position);
        loop {
            head.mark_unchanged();
            let page = log.read_page(position, size.limit());
            let events = tokio::time::timeout(READ_PATIENCE, page).await.map_err(late)??;
            if events.is_empty() {
                // a missed wake-up costs patience, never an event
                let _ = tokio::time::timeout(LOOK_PAUSE, head.changed()).await;
                continue;
            }
            let begun = Instant::now();
            match self.apply(&events, position).await {
                Ok(reached) => position = reached,
                Err(error) if error.is_poison() => {
                    let Some(reached) = self.apply_singly(&events, position).await? else {
                        return Ok(Ended::Poisoned);
                    };
                    position = reached;
                }
                Err(error) => return Err(error),
            }
            size.learn(events.len(), begun.elapsed());
            self.read_models.advance(name, position);
        }
    }

    /// Applies a batch that follows `position`; returns where the checkpoint stands afterwards.
    async fn apply(&self, events: &[StoredEvent], position: u64) -> Result<u64, ProjectionError> {
        self.move_on(events, position, Move::Apply).await
    }

    /// Finds the event at fault, applies those before it, and stops there: `None`. One that an operator lets it pass
    /// over is passed over.
    async fn apply_singly(
        &self,
        events: &[StoredEvent],
        mut position: u64,
    ) -> Result<Option<u64>, ProjectionError> {
        let name = self.projection.name();
        for event in events {
            let single = std::slice::from_ref(event);
            let mut moved = self.apply(single, position).await;
            if moved.as_ref().is_err_and(ProjectionError::is_poison)
                && is_skipped(&self.database.writer, name, event.position).await?
            {
                tracing::warn!(
                    projection = name,
                    position = event.position,
                    "passes over an event"
                );
                moved = self.move_on(single, position, Move::PassOver).await;
            }
            match moved {
                Ok(reached) if reached == event.position => position = reached,
                // a rebuild moved the checkpoint: these events are no longer the next ones
                Ok(elsewhere) => return Ok(Some(elsewhere)),
                Err(error) if error.is_poison() => {
                    tracing::error!(
                        projection = name, position = event.position, kind = error.kind(), error = %error,
                        "a projector stops at an event that it cannot apply"
                    );
                    self.checkpoint()
                        .mark_stopped(&self.database.writer, event.position, error.kind())
                        .await?;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(position))
    }

    async fn move_on(
        &self,
        events: &[StoredEvent],
        position: u64,
        how: Move,
    ) -> Result<u64, ProjectionError> {
        let moved = async {
            let mut transaction = self.database.writer.begin_with(BEGIN).await?;
            let stored = self.checkpoint().lock(&mut transaction).await?;
            if stored != position {
                // a rebuild or a skip moved it
                return Ok(stored);
            }
            match how {
                Move::Apply => self.projection.apply(events, &mut transaction).await?,
                Move::PassOver => {}
            }
            let reached = position + events.len() as u64;
            self.checkpoint().advance(&mut transaction, reached).await?;
            transaction.commit().await?;
            Ok(reached)
        };
        tokio::time::timeout(APPLY_PATIENCE, moved).await.map_err(late)?
    }
}

/// What is done with events on the way past them.
enum Move {
    Apply,
    PassOver,
}

enum Ended {
    LeaseLost,
    Poisoned,
}

/// Says in the metrics that this process leads, for as long as it lives.
struct Leads(metrics::Gauge);

impl Leads {
    fn new(projection: &'static str) -> Self {
        let gauge = metrics::gauge!("projection_leads", "projection" => projection);
        gauge.set(1.0);
        Self(gauge)
    }
}

impl Drop for Leads {
    fn drop(&mut self) {
        self.0.set(0.0);
    }
}

fn late(_: tokio::time::error::Elapsed) -> ProjectionError {
    ProjectionError::Database(sqlx::Error::PoolTimedOut)
}
