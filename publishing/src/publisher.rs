//! The publisher of the log: leader by lease, batches in transactions, checkpoint after the acknowledgement.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use vault_domain::schema::event_schemas;
use vault_event_store::{Database, Head, Lease, tree::Tree};
use vault_projections::publishers;

use crate::{
    batches::{Batch, Batches},
    config::{KafkaConfig, TopicsBy},
    epochs::{Epoch, Epochs},
    error::PublishError,
    message::topic_name,
    producer::Producer,
    topics::Topics,
};

/// The name of this publisher: of its lease, and of its checkpoint.
pub const KAFKA: &str = "kafka";

/// A transaction ends with the batch that reaches this: what a broker does for one costs as much as thousands of messages.
const TRANSACTION_EVENTS: u64 = 100_000;
/// A transaction ends with the batch that is sent after this: readers wait for its end.
const TRANSACTION_AGE: Duration = Duration::from_secs(2);
/// The pause before a leader that failed, or another process, tries again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// How often the lag is told.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// Keeps the leases of publishers apart from other advisory locks.
const LEASE_CLASS: i32 = 0x5651;

/// Publishes the log to a Kafka cluster; one instance is active across all processes.
pub struct Publisher {
    config: KafkaConfig,
    database: Database,
    head: Head,
    tree: Tree,
}

impl Publisher {
    /// A publisher that does nothing yet.
    #[must_use]
    pub fn new(config: KafkaConfig, database: Database, head: Head) -> Self {
        Self {
            tree: Tree::new(database.clone()),
            config,
            database,
            head,
        }
    }

    /// Runs until `stop` is cancelled. A batch that is under way then may be sent again later.
    pub async fn run(self, stop: CancellationToken) {
        let forever = async { tokio::join!(self.take_turns(), self.measure()) };
        stop.run_until_cancelled(forever).await;
    }

    async fn take_turns(&self) {
        loop {
            self.take_a_turn().await;
        }
    }

    /// Leads for as long as that goes well, and then pauses.
    async fn take_a_turn(&self) {
        if let Err(error) = self.lead_once().await {
            tracing::warn!(error = %error, kind = error.kind(), "the publisher to Kafka is held up");
            metrics::counter!("kafka_errors_total", "kind" => error.kind()).increment(1);
            let trouble = error.to_string();
            if let Err(error) = publishers::mark_trouble(&self.database.writer, KAFKA, &trouble).await {
                tracing::debug!(error = %error, "the publisher's trouble is not written down");
            }
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }

    /// Waits until no other instance leads, and leads until that ends.
    async fn lead_once(&self) -> Result<(), PublishError> {
        publishers::register(&self.database.writer, KAFKA).await?;
        let lease = Lease::wait(&self.database, LEASE_CLASS, KAFKA).await?;
        let _leads = Leads::new();
        // what it was sending when the lease was lost is fenced by the next leader
        lease.while_held(self.follow_log()).await.unwrap_or(Ok(()))
    }

    /// Publishes what follows the checkpoint, until something goes wrong, or the log goes on in another epoch.
    async fn follow_log(&self) -> Result<(), PublishError> {
        let pool = &self.database.writer;
        let epoch = Epochs::load(&self.tree).await?.current().clone();
        let producer = self.open_producer(&epoch.source).await?;
        let mut topics = Topics::default();
        topics.ensure(self.fixed_topics(), &self.config).await?;
        // only now: the checkpoint of a leader that is fenced stands still
        let mut position = publishers::resume(pool, KAFKA).await?;
        tracing::info!(position, "publishes to Kafka");
        let (config, database) = (self.config.clone(), self.database.clone());
        let mut batches = Batches::after(position, config, database, &self.head);
        loop {
            let batch = batches.next().await?;
            let events = self
                .send_transaction(&producer, &mut topics, &epoch, batch, &mut batches)
                .await?;
            let Some(events) = events else {
                return Ok(());
            };
            let reached = position + events;
            if !publishers::advance(pool, KAFKA, position, reached).await? {
                return Err(PublishError::Deposed);
            }
            metrics::counter!("kafka_published_total").increment(events);
            position = reached;
        }
    }

    /// Sends a batch and what follows it in one transaction, until that is long, or nearly at the log's end. Gives how many
    /// events it holds, or that the log goes on under another name: then so does the transaction.
    async fn send_transaction(
        &self,
        producer: &Arc<Producer>,
        topics: &mut Topics,
        epoch: &Epoch,
        mut batch: Batch,
        batches: &mut Batches,
    ) -> Result<Option<u64>, PublishError> {
        let (begun, mut events) = (Instant::now(), 0);
        blocking(producer, Producer::begin).await?;
        loop {
            if batch.epoch != *epoch {
                return Ok(None);
            }
            events += batch.messages.len() as u64;
            topics.of(batch.topics, &self.config).await?;
            blocking(producer, move |producer| producer.send(batch.messages)).await?;
            let is_long = events >= TRANSACTION_EVENTS || begun.elapsed() > TRANSACTION_AGE;
            if is_long || !batch.goes_on {
                break;
            }
            batch = batches.next().await?;
        }
        blocking(producer, Producer::commit).await?;
        Ok(Some(events))
    }

    /// Fences whoever published before.
    async fn open_producer(&self, source: &str) -> Result<Arc<Producer>, PublishError> {
        let config = self.config.clone();
        let id = format!("{}-{source}", config.topic_prefix);
        let opened = tokio::task::spawn_blocking(move || Producer::open(&config, &id)).await??;
        Ok(Arc::new(opened))
    }

    /// The topics that consumers may expect before the first event.
    fn fixed_topics(&self) -> Vec<String> {
        match self.config.topics_by {
            TopicsBy::Aggregate => stream_types()
                .iter()
                .map(|stream_type| topic_name(&self.config, stream_type))
                .collect(),
            TopicsBy::Tenant => Vec::new(),
        }
    }

    /// Shows how far the log is published, whoever does it.
    async fn measure(&self) {
        let head = self.head.subscribe();
        loop {
            match publishers::state(&self.database.writer, KAFKA).await {
                Ok(Some(state)) => {
                    record_lag(state.position.unsigned_abs(), *head.borrow());
                    metrics::gauge!("kafka_lag_seconds").set(state.lag_s);
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(error = %error, "the publisher's checkpoint cannot be read"),
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }
}

/// Says in the metrics that this process publishes, for as long as it lives.
struct Leads(metrics::Gauge);

impl Leads {
    fn new() -> Self {
        let gauge = metrics::gauge!("kafka_leads");
        gauge.set(1.0);
        Self(gauge)
    }
}

impl Drop for Leads {
    fn drop(&mut self) {
        self.0.set(0.0);
    }
}

/// Lets a producer work on a thread that may block.
pub(crate) async fn blocking(
    producer: &Arc<Producer>,
    work: impl FnOnce(&Producer) -> Result<(), PublishError> + Send + 'static,
) -> Result<(), PublishError> {
    let producer = Arc::clone(producer);
    tokio::task::spawn_blocking(move || work(&producer)).await?
}

/// The types of streams that there are.
pub(crate) fn stream_types() -> Vec<&'static str> {
    let mut types: Vec<_> = event_schemas()
        .0
        .into_iter()
        .map(|schema| schema.stream_type)
        .collect();
    types.dedup();
    types
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a lag beyond 2^52 events is no lag that a gauge must tell exactly"
)]
fn record_lag(position: u64, head: u64) {
    metrics::gauge!("kafka_lag_events").set(head.saturating_sub(position) as f64);
}
