//! Why nothing is published.

use rdkafka::error::KafkaError;
use vault_event_store::{DatabaseError, LoadError, tree::TreeError};

/// Why a batch was not published. No message holds a secret, or what an event says.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The database failed.
    #[error("the checkpoint cannot be read or moved")]
    Database(#[from] DatabaseError),
    /// The log could not be read.
    #[error("the log cannot be read: {0}")]
    Log(#[from] LoadError),
    /// The origins of the log could not be read.
    #[error("the origins of the log cannot be read")]
    Origins(#[from] TreeError),
    /// An event is not of the shape that events have.
    #[error("the event at position {position} is not of the shape that events have")]
    Event {
        /// Its position.
        position: u64,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The cluster did not do as it was asked.
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// The same, after the connection was in trouble.
    #[error("Kafka: {error}; before that: {reason}")]
    Connection {
        /// What was not done.
        error: KafkaError,
        /// What the client library said last of its connections.
        reason: Box<str>,
    },
    /// A topic cannot be made.
    #[error("Kafka: the topic {topic} is not there and cannot be made: {reason}")]
    Topic {
        /// The topic.
        topic: Box<str>,
        /// Why not.
        reason: Box<str>,
    },
    /// A topic has another number of partitions than it should have.
    #[error(
        "Kafka: the topic {topic} has {found} partitions, and kafka.partitions is {configured}. Nothing is published, \
         because streams would go on in other partitions and lose their order. Set kafka.partitions back to {found}; \
         or, for {configured}, choose another kafka.topic_prefix and fill its topics with `vault-server kafka replay`"
    )]
    Partitions {
        /// The topic.
        topic: Box<str>,
        /// How many it has.
        found: usize,
        /// How many it should have.
        configured: u16,
    },
    /// Messages could not be handed over in time.
    #[error("Kafka: the messages of a batch could not be handed over in time")]
    Slow,
    /// Another instance has moved the checkpoint.
    #[error("another instance publishes")]
    Deposed,
    /// A range that cannot be sent anew.
    #[error("{0}")]
    Range(#[from] crate::replay::InvalidRange),
    /// The task that makes messages ended.
    #[error("the task that makes messages ended")]
    Ended,
    /// The task that sends did not end by itself.
    #[error("the task that sends did not end by itself")]
    Task(#[from] tokio::task::JoinError),
}

impl PublishError {
    /// A stable word for the kind of fault.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Log(_) | Self::Origins(_) | Self::Ended => "log",
            Self::Event { .. } => "event",
            Self::Kafka(_) | Self::Connection { .. } | Self::Slow | Self::Task(_) => "broker",
            Self::Topic { .. } => "topic",
            Self::Partitions { .. } => "partitions",
            Self::Deposed => "deposed",
            Self::Range(_) => "range",
        }
    }
}
