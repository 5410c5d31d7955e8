//! The bridge to `cqrs-es`: its traits over our aggregates and our log. Nothing else names that crate.
//!
//! Use it with `cqrs_es::persist::PersistedEventStore` and the crate's test framework. `CqrsFramework::execute` cannot
//! carry side rows and gives no position, so use cases load with [`EventStore`] and append with [`Appender`].

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use cqrs_es::{
    event_sink::EventSink,
    persist::{
        PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, value::RawValue};
use uuid::Uuid;
use vault_domain::{Aggregate, Context, DomainEvent, EventId, IdSource, Metadata};

use crate::{
    append::{Append, EncodedEvent, Encoder, StreamId},
    appender::Appender,
    canonical,
    error::{AppendError, LoadError},
    log::StoredEvent,
    store::EventStore,
};

/// One of our aggregates, as `cqrs-es` sees it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent, bound = "A: Aggregate")]
pub struct Root<A>(pub A);

impl<A: Aggregate> cqrs_es::Aggregate for Root<A>
where
    A::Command: Send,
{
    const TYPE: &'static str = A::TYPE;
    type Command = (A::Command, Context);
    type Event = RootEvent<A::Event>;
    type Error = A::Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        (command, context): Self::Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), A::Refusal> {
        for event in self.0.decide(command, &context)? {
            sink.write(RootEvent(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: RootEvent<A::Event>) {
        self.0.evolve(&event.0);
    }
}

/// One of our events, as `cqrs-es` sees it: in JSON it carries its stored name and version.
#[derive(Debug, Clone, PartialEq)]
pub struct RootEvent<E>(pub E);

impl<E: DomainEvent> cqrs_es::DomainEvent for RootEvent<E> {
    fn event_type(&self) -> String {
        self.0.event_type().to_owned()
    }

    fn event_version(&self) -> String {
        self.0.event_version().to_string()
    }
}

#[derive(Serialize)]
struct TypedPayload<'a, E> {
    event_type: &'a str,
    event_version: u32,
    payload: &'a E,
}

#[derive(Deserialize)]
struct StoredPayload {
    event_type: String,
    event_version: u32,
    payload: Value,
}

impl<E: DomainEvent> Serialize for RootEvent<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        TypedPayload {
            event_type: self.0.event_type(),
            event_version: self.0.event_version(),
            payload: &self.0,
        }
        .serialize(serializer)
    }
}

impl<'de, E: DomainEvent> Deserialize<'de> for RootEvent<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredPayload::deserialize(deserializer)?;
        E::decode(
            &stored.event_type,
            stored.event_version,
            &stored.payload.to_string(),
        )
        .map(Self)
        .map_err(D::Error::custom)
    }
}

/// Our log behind the repository trait of `cqrs-es`, for one tenant and one request.
pub struct LogRepository {
    store: EventStore,
    appender: Appender,
    metadata: Metadata,
    ids: Arc<dyn IdSource>,
}

impl LogRepository {
    /// Reads and writes the streams of the metadata's tenant; every event gets that metadata.
    #[must_use]
    pub fn new(store: EventStore, appender: Appender, metadata: Metadata, ids: Arc<dyn IdSource>) -> Self {
        Self {
            store,
            appender,
            metadata,
            ids,
        }
    }

    async fn read<A: cqrs_es::Aggregate>(
        &self,
        aggregate_id: &str,
        after: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let id = parse(aggregate_id)?;
        let events = self
            .store
            .stream(self.metadata.tenant_id, A::TYPE, id, after as u64)
            .await
            .map_err(load_error)?;
        events.iter().map(serialized).collect()
    }
}

impl PersistedEventRepository for LogRepository {
    async fn get_events<A: cqrs_es::Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.read::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: cqrs_es::Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.read::<A>(aggregate_id, last_sequence).await
    }

    /// Always none: the states that `cqrs-es` hands over for snapshots have their events applied twice, so it is
    /// given none back. [`EventStore::load`] has snapshots of its own.
    async fn get_snapshot<A: cqrs_es::Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: cqrs_es::Aggregate>(
        &self,
        events: &[SerializedEvent],
        _: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        let Some(first) = events.first() else {
            return Ok(());
        };
        let stream = StreamId {
            aggregate_type: A::TYPE,
            aggregate_id: parse(&first.aggregate_id)?,
        };
        let metadata = canonical::to_string(&self.metadata)?;
        let mut encoder = Encoder::new(stream, &metadata);
        let ready = events
            .iter()
            .map(|event| self.encoded(&mut encoder, event))
            .collect::<Result<Vec<_>, _>>()?;
        let append = Append {
            tenant: self.metadata.tenant_id,
            stream,
            expected_sequence: (first.sequence as u64).saturating_sub(1),
            metadata,
            events: ready,
            needs_open: Vec::new(),
            sets: Vec::new(),
            takes: Vec::new(),
            releases: Vec::new(),
            rows: crate::SideRows::default(),
        };
        match self.appender.append(append).await {
            Ok(_) => Ok(()),
            Err(AppendError::Conflict { .. } | AppendError::OtherTenant) => {
                Err(PersistenceError::OptimisticLockError)
            }
            Err(error @ (AppendError::Unavailable | AppendError::Overloaded)) => {
                Err(PersistenceError::ConnectionError(Box::new(error)))
            }
            Err(error) => Err(PersistenceError::UnknownError(Box::new(error))),
        }
    }

    async fn stream_events<A: cqrs_es::Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        // read whole before anything is fed: a connection that breaks is an error here, never a short replay
        let events = self.read::<A>(aggregate_id, 0).await?;
        let (mut feed, stream) = ReplayStream::new(events.len().max(1));
        for event in events {
            feed.push(Ok(event)).await?;
        }
        Ok(stream)
    }

    /// Refused: a replay across streams goes by position, through [`crate::Log`].
    async fn stream_all_events<A: cqrs_es::Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Err(PersistenceError::UnknownError(Box::new(ReplayByPosition)))
    }
}

/// A replay across streams was asked of the wrong interface.
#[derive(Debug, thiserror::Error)]
#[error("replay across streams goes by position")]
struct ReplayByPosition;

impl LogRepository {
    fn encoded(
        &self,
        encoder: &mut Encoder<'_>,
        event: &SerializedEvent,
    ) -> Result<EncodedEvent, PersistenceError> {
        let payload = canonical::to_string(&event.payload["payload"])?;
        let event_type = Cow::Owned(event.event_type.clone());
        encoder
            .encode(
                EventId::from_uuid(self.ids.next()),
                event_type,
                event.event_version.clone(),
                payload,
            )
            .map_err(|error| PersistenceError::UnknownError(Box::new(error)))
    }
}

fn parse(aggregate_id: &str) -> Result<Uuid, PersistenceError> {
    aggregate_id
        .parse()
        .map_err(|error: uuid::Error| PersistenceError::UnknownError(Box::new(error)))
}

fn load_error(error: LoadError) -> PersistenceError {
    match error {
        LoadError::Database(error) => PersistenceError::ConnectionError(Box::new(error)),
        error => PersistenceError::UnknownError(Box::new(error)),
    }
}

fn serialized(event: &StoredEvent) -> Result<SerializedEvent, PersistenceError> {
    #[derive(Serialize)]
    struct Wrapped<'a> {
        event_type: &'a str,
        event_version: u32,
        payload: &'a RawValue,
    }
    let payload = serde_json::from_str(&event.payload)?;
    let event_version = event.event_version.parse().unwrap_or(0);
    let wrapped = Wrapped {
        event_type: &event.event_type,
        event_version,
        payload,
    };
    Ok(SerializedEvent::new(
        event.aggregate_id.clone(),
        usize::try_from(event.sequence).unwrap_or(usize::MAX),
        event.aggregate_type.clone(),
        event.event_type.clone(),
        event.event_version.clone(),
        serde_json::to_value(wrapped)?,
        serde_json::to_value(HashMap::<String, String>::new())?,
    ))
}
