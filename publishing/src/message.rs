//! An event as a message: a CloudEvent 1.0 in the binary mode of its Kafka binding.

use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
};

use chrono::SecondsFormat;
use rdkafka::message::{Header, OwnedHeaders};
use serde::Deserialize;
use vault_domain::Actor;
use vault_event_store::StoredEvent;

use crate::{
    config::{KafkaConfig, TopicsBy},
    epochs::Epochs,
    error::PublishError,
    sealed::published_payload,
};

/// How many headers a message has at most.
const HEADERS: usize = 20;

/// A message that waits to be sent.
#[derive(Debug)]
pub struct Message {
    /// Where to.
    pub topic: String,
    /// The stream's id: what has one key keeps its order.
    pub key: String,
    /// The payload, without sealed values.
    pub payload: String,
    /// The attributes of the CloudEvent.
    pub headers: OwnedHeaders,
    /// When the event was recorded, in milliseconds since 1970.
    pub time_ms: i64,
}

/// What a message says of the request that caused its event. The client's address stays behind.
#[derive(Deserialize)]
struct Cause<'a> {
    actor: Actor,
    #[serde(borrow)]
    operation: Cow<'a, str>,
    #[serde(borrow)]
    correlation_id: Cow<'a, str>,
    #[serde(borrow)]
    causation_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    trace: Option<Cow<'a, str>>,
}

impl Message {
    /// The message of an event, for the topic that it belongs to.
    ///
    /// # Errors
    /// [`PublishError::Event`] when the event is not of the shape that events have.
    pub fn new(event: &StoredEvent, config: &KafkaConfig, epochs: &Epochs) -> Result<Self, PublishError> {
        let own = own_topic(event, config.topics_by);
        Self::to(topic_name(config, &own), event, epochs)
    }

    /// The message of an event, for any topic.
    ///
    /// # Errors
    /// [`PublishError::Event`] when the event is not of the shape that events have.
    pub fn to(topic: String, event: &StoredEvent, epochs: &Epochs) -> Result<Self, PublishError> {
        let position = event.position;
        let malformed = |source| PublishError::Event { position, source };
        Ok(Self {
            topic,
            key: event.aggregate_id.clone(),
            payload: published_payload(&event.payload).map_err(malformed)?.into_owned(),
            headers: headers(event, epochs).map_err(malformed)?,
            time_ms: event.recorded_at.timestamp_millis(),
        })
    }
}

/// What the name of an event's topic ends with.
pub(crate) fn own_topic(event: &StoredEvent, topics_by: TopicsBy) -> Cow<'_, str> {
    match topics_by {
        TopicsBy::Aggregate => Cow::Borrowed(&event.aggregate_type),
        TopicsBy::Tenant => Cow::Owned(event.tenant_id.to_string()),
    }
}

/// The name of a topic.
pub(crate) fn topic_name(config: &KafkaConfig, own: &str) -> String {
    format!("{}.{own}", config.topic_prefix)
}

fn headers(event: &StoredEvent, epochs: &Epochs) -> Result<OwnedHeaders, serde_json::Error> {
    let cause: Cause<'_> = serde_json::from_str(&event.metadata)?;
    let epoch = epochs.of(event.position);
    let time = event.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let mut headers = Headers::new()
        .with("content-type", "application/json")
        .with("ce_specversion", "1.0")
        .with("ce_id", event.event_id)
        .with("ce_source", &epoch.source)
        .with("ce_type", &event.event_type)
        .with(
            "ce_subject",
            format_args!("{}/{}", event.aggregate_type, event.aggregate_id),
        )
        .with("ce_time", time)
        .with("ce_tenant", event.tenant_id)
        .with("ce_position", event.position)
        .with("ce_epoch", epoch.number)
        .with("ce_tenantposition", event.tenant_position)
        .with("ce_streamsequence", event.sequence)
        .with("ce_typeversion", &event.event_version)
        .with("ce_operation", cause.operation)
        .with("ce_correlationid", cause.correlation_id);
    headers = match cause.actor {
        Actor::User(user) => headers.with("ce_actor", format_args!("user/{user}")),
        Actor::Program(program) => headers.with(
            "ce_actor",
            format_args!("user/{}/api_key/{}", program.user, program.api_key),
        ),
        Actor::System => headers.with("ce_actor", "system"),
    };
    if let Some(causation) = cause.causation_id {
        headers = headers.with("ce_causationid", causation);
    }
    if let Some(trace) = cause.trace {
        // for tracing libraries by its own name, too
        for name in ["ce_traceparent", "traceparent"] {
            headers = headers.with(name, format_args!("00-{trace}-01"));
        }
    }
    Ok(headers.made)
}

/// Headers in the making.
struct Headers {
    made: OwnedHeaders,
    /// The last one's value; its memory is used again.
    value: String,
}

impl Headers {
    fn new() -> Self {
        Self {
            made: OwnedHeaders::new_with_capacity(HEADERS),
            value: String::new(),
        }
    }

    fn with(mut self, key: &str, value: impl Display) -> Self {
        self.value.clear();
        // a String takes whatever is written to it
        let _ = write!(self.value, "{value}");
        self.made = self.made.insert(Header {
            key,
            value: Some(&self.value),
        });
        self
    }
}
