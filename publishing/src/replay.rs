//! Sending a range of the log anew, to a topic of its own: for a consumer that is new, or begins again.

use std::sync::Arc;

use vault_domain::TenantId;
use vault_event_store::{Database, Log, PageLimit, tree::Tree};

use crate::{
    config::KafkaConfig, epochs::Epochs, error::PublishError, message::Message, producer::Producer,
    publisher::blocking, topics::Topics,
};

/// The most events of one transaction.
const PAGE: PageLimit = PageLimit::of_events(500);

/// What is sent, and where to.
#[derive(Debug, Clone)]
pub struct Range {
    /// The first position.
    pub from: u64,
    /// The last one; the log's end if none.
    pub to: Option<u64>,
    /// The topic, which is made if it is missing.
    pub topic: String,
    /// Whose events; all tenants' if none.
    pub tenant: Option<TenantId>,
}

/// Why a range is not sent.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRange {
    /// A replay into a live topic would mix old events with new ones.
    #[error(
        "{topic} is one of the topics that the vault publishes to: choose one that does not begin with {prefix}."
    )]
    LiveTopic {
        /// The topic.
        topic: Box<str>,
        /// What live topics begin with.
        prefix: Box<str>,
    },
    /// Not a range of this log.
    #[error("positions {from} to {to} are no range of this log, which ends at {end}")]
    Positions {
        /// The first position.
        from: u64,
        /// The last one.
        to: u64,
        /// The log's end.
        end: u64,
    },
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Everything up to here is acknowledged.
    pub position: u64,
    /// How many events were sent.
    pub events: u64,
    /// The last position of the range.
    pub to: u64,
}

/// Sends a range, in order; tells how far it is. What was told is acknowledged, so that a replay that failed can go on.
///
/// # Errors
/// [`PublishError`]; [`PublishError::Range`] before anything is sent.
pub async fn replay(
    config: &KafkaConfig,
    database: &Database,
    range: &Range,
    mut progress: impl FnMut(Replayed),
) -> Result<Replayed, PublishError> {
    let log = Log::new(database.clone());
    let to = check(range, config, log.last_position().await?)?;
    let epochs = Epochs::load(&Tree::new(database.clone())).await?;
    Topics::default()
        .ensure(vec![range.topic.clone()], config)
        .await?;
    let producer = {
        let (config, id) = (
            config.clone(),
            format!("{}-replay-{}", config.topic_prefix, range.topic),
        );
        Arc::new(tokio::task::spawn_blocking(move || Producer::open(&config, &id)).await??)
    };
    let mut replayed = Replayed {
        position: range.from - 1,
        events: 0,
        to,
    };
    let mut pages = log.replay(replayed.position, PAGE);
    while replayed.position < to {
        let Some(page) = pages.next_page().await? else {
            break;
        };
        let reached = page.last().map_or(to, |event| event.position.min(to));
        let messages: Vec<Message> = page
            .iter()
            .filter(|event| event.position <= to)
            .filter(|event| range.tenant.is_none_or(|tenant| event.tenant_id == tenant))
            .map(|event| Message::to(range.topic.clone(), event, &epochs))
            .collect::<Result<_, _>>()?;
        replayed.events += messages.len() as u64;
        if !messages.is_empty() {
            let send = move |producer: &Producer| {
                producer.begin()?;
                producer.send(messages)?;
                producer.commit()
            };
            blocking(&producer, send).await?;
        }
        replayed.position = reached;
        progress(replayed);
    }
    Ok(replayed)
}

/// The last position of a range that can be sent.
fn check(range: &Range, config: &KafkaConfig, end: u64) -> Result<u64, InvalidRange> {
    let live = format!("{}.", config.topic_prefix);
    if range.topic.starts_with(&live) {
        return Err(InvalidRange::LiveTopic {
            topic: range.topic.as_str().into(),
            prefix: config.topic_prefix.as_str().into(),
        });
    }
    let (from, to) = (range.from, range.to.unwrap_or(end));
    if from == 0 || from > to || to > end {
        return Err(InvalidRange::Positions { from, to, end });
    }
    Ok(to)
}
