//! Batches of messages, made from the log while the one before is handed over.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use vault_event_store::{Database, Head, Log, StoredEvent, tree::Tree};

use crate::{
    config::KafkaConfig,
    epochs::{Epoch, Epochs},
    error::PublishError,
    message::Message,
    pages::{FULL_PAGE, Pages},
};

/// How many batches wait to be taken.
const BATCHES_AHEAD: usize = 1;
/// After a batch with fewer events the log's end is near.
const FEW_EVENTS: u16 = FULL_PAGE / 4;
/// How often the log is looked at when nothing was heard of it.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// Messages of events that follow one another.
pub(crate) struct Batch {
    pub messages: Vec<Message>,
    /// Where they go.
    pub topics: HashSet<String>,
    /// The epoch that the log was in when they were made.
    pub epoch: Epoch,
    /// Whether another batch follows at once, if only an empty one.
    pub goes_on: bool,
}

/// The batches after a position, without end.
pub(crate) struct Batches {
    made: mpsc::Receiver<Result<Batch, PublishError>>,
    maker: JoinHandle<()>,
}

impl Batches {
    /// Must be called within a tokio runtime.
    pub(crate) fn after(position: u64, config: KafkaConfig, database: Database, head: &Head) -> Self {
        let (batches, made) = mpsc::channel(BATCHES_AHEAD);
        let maker = Maker {
            pages: Pages::after(Log::new(database.clone()), position),
            tree: Tree::new(database),
            head: head.subscribe(),
            config,
            batches,
        };
        Self {
            made,
            maker: tokio::spawn(maker.run()),
        }
    }

    /// The next batch, as soon as there is something to publish; empty only after one that goes on.
    ///
    /// # Errors
    /// When the log cannot be read, or holds what is no event. Nothing follows.
    pub(crate) async fn next(&mut self) -> Result<Batch, PublishError> {
        self.made.recv().await.unwrap_or(Err(PublishError::Ended))
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.maker.abort();
    }
}

struct Maker {
    pages: Pages,
    tree: Tree,
    head: watch::Receiver<u64>,
    config: KafkaConfig,
    batches: mpsc::Sender<Result<Batch, PublishError>>,
}

impl Maker {
    async fn run(mut self) {
        let mut goes_on = false;
        loop {
            let batch = self.make(goes_on).await;
            let failed = batch.is_err();
            goes_on = batch.as_ref().is_ok_and(|batch| batch.goes_on);
            if self.batches.send(batch).await.is_err() || failed {
                return;
            }
        }
    }

    /// Waits for something to publish, unless somebody waits for what follows.
    async fn make(&mut self, is_awaited: bool) -> Result<Batch, PublishError> {
        let mut page = self.pages.next().await?;
        while page.is_empty() && !is_awaited {
            // a missed wake-up costs patience, never an event
            let _ = tokio::time::timeout(LOOK_PAUSE, self.head.changed()).await;
            page = self.pages.next().await?;
        }
        let epochs = Arc::new(Epochs::load(&self.tree).await?);
        let (epoch, goes_on) = (epochs.current().clone(), page.len() >= usize::from(FEW_EVENTS));
        let config = self.config.clone();
        let messages = tokio::task::spawn_blocking(move || messages(&page, &config, &epochs)).await??;
        Ok(Batch {
            topics: topics(&messages),
            messages,
            epoch,
            goes_on,
        })
    }
}

fn messages(
    events: &[StoredEvent],
    config: &KafkaConfig,
    epochs: &Epochs,
) -> Result<Vec<Message>, PublishError> {
    events
        .iter()
        .map(|event| Message::new(event, config, epochs))
        .collect()
}

fn topics(messages: &[Message]) -> HashSet<String> {
    let mut topics = HashSet::new();
    for message in messages {
        if !topics.contains(&message.topic) {
            topics.insert(message.topic.clone());
        }
    }
    topics
}
