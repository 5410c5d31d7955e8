//! The one mechanism that moves every read model: leader by lock, batches, checkpoint in the same transaction.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use vault_event_store::{Database, Head, Log, StoredEvent};

use crate::{checkpoint, error::ProjectionError, lease::Lease, progress::ReadModels};

/// The most events of one batch.
const MAX_BATCH_EVENTS: u32 = 500;
/// The pause before a failed batch, or the way to the database, is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// How often a leader without events makes sure that it still is one, and a follower tries to become one.
const LEASE_CHECK: Duration = Duration::from_secs(1);

/// Rows and checkpoint are lost together or not at all, and events are applied again then: no reason to wait for a disk.
const BEGIN: &str = "BEGIN; SET LOCAL search_path = read_models, public; SET LOCAL synchronous_commit = off";

/// A read model that is built from events.
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
            if stop.run_until_cancelled(self.take_a_turn()).await.is_none() {
                return;
            }
        }
    }

    /// Leads for as long as that goes well, and then pauses.
    async fn take_a_turn(&self) {
        match self.lead_once().await {
            Ok(Ended::NotLeader) => {}
            Ok(Ended::Poisoned) => self.wait_until_cleared().await,
            Err(error) => {
                let name = self.projection.name();
                tracing::warn!(projection = name, error = %error, kind = error.kind(), "a projector is held up");
            }
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }

    /// Stands still until an operator has cleared the stop, as a rebuild does.
    async fn wait_until_cleared(&self) {
        let name = self.projection.name();
        loop {
            tokio::time::sleep(LEASE_CHECK).await;
            match checkpoint::is_stopped(&self.database.writer, name).await {
                Ok(true) => {}
                Ok(false) => return metrics::gauge!("projection_stopped", "projection" => name).set(0.0),
                Err(error) => {
                    tracing::warn!(projection = name, error = %error, "a checkpoint cannot be read");
                }
            }
        }
    }

    /// Leads, if no other instance does, until that ends.
    async fn lead_once(&self) -> Result<Ended, ProjectionError> {
        let name = self.projection.name();
        let Some(mut lease) = Lease::take(&self.database, name).await? else {
            return Ok(Ended::NotLeader);
        };
        tracing::info!(projection = name, "leads");
        let log = Log::new(self.database.clone());
        let mut head = self.head.subscribe();
        let mut position = checkpoint::load(&self.database.writer, name).await?;
        self.read_models.advance(name, position);
        loop {
            head.mark_unchanged();
            let events = log.read_after(position, MAX_BATCH_EVENTS).await?;
            if events.is_empty() {
                if tokio::time::timeout(LEASE_CHECK, head.changed()).await.is_err() {
                    lease.hold().await?;
                }
                continue;
            }
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
            self.read_models.advance(name, position);
            self.record_lag(position, *head.borrow());
        }
    }

    /// Applies a batch that follows `position`; returns where the checkpoint stands afterwards.
    async fn apply(&self, events: &[StoredEvent], position: u64) -> Result<u64, ProjectionError> {
        let name = self.projection.name();
        let mut transaction = self.database.writer.begin_with(BEGIN).await?;
        let stored = checkpoint::lock(&mut transaction, name).await?;
        if stored != position {
            // a rebuild moved it
            return Ok(stored);
        }
        self.projection.apply(events, &mut transaction).await?;
        let reached = position + events.len() as u64;
        checkpoint::store(&mut transaction, name, reached).await?;
        transaction.commit().await?;
        Ok(reached)
    }

    /// Finds the event at fault, applies those before it, and stops there: `None`.
    async fn apply_singly(
        &self,
        events: &[StoredEvent],
        mut position: u64,
    ) -> Result<Option<u64>, ProjectionError> {
        let name = self.projection.name();
        for event in events {
            match self.apply(std::slice::from_ref(event), position).await {
                Ok(reached) if reached == event.position => position = reached,
                // a rebuild moved the checkpoint: these events are no longer the next ones
                Ok(elsewhere) => return Ok(Some(elsewhere)),
                Err(error) if error.is_poison() => {
                    tracing::error!(
                        projection = name, position = event.position, kind = error.kind(), error = %error,
                        "a projector stops at an event that it cannot apply"
                    );
                    metrics::gauge!("projection_stopped", "projection" => name).set(1.0);
                    checkpoint::mark_stopped(&self.database.writer, name, event.position, error.kind())
                        .await?;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(position))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a lag beyond 2^52 events is no lag that a gauge must tell exactly"
    )]
    fn record_lag(&self, position: u64, head: u64) {
        metrics::gauge!("projection_lag_events", "projection" => self.projection.name())
            .set(head.saturating_sub(position) as f64);
    }
}

enum Ended {
    NotLeader,
    Poisoned,
}
