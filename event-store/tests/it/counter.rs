//! An aggregate that shows whether each of its events was applied once.

use schemars::{Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use vault_domain::{Aggregate, Context, DecodeError, DomainEvent};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    pub(crate) sum: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum CounterEvent {
    Counted(Counted),
    Padded(Padded),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) by: u64,
}

/// Takes room, and counts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Padded {
    pub(crate) padding: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("zero is no count")]
pub(crate) struct CountedNothing;

impl DomainEvent for CounterEvent {
    fn event_type(&self) -> &'static str {
        match self {
            Self::Counted(_) => "counter.counted",
            Self::Padded(_) => "counter.padded",
        }
    }

    fn event_version(&self) -> u32 {
        1
    }

    fn decode(event_type: &str, event_version: u32, payload: &str) -> Result<Self, DecodeError> {
        match (event_type, event_version) {
            ("counter.counted", 1) => serde_json::from_str(payload)
                .map(Self::Counted)
                .map_err(DecodeError::Payload),
            ("counter.padded", 1) => serde_json::from_str(payload)
                .map(Self::Padded)
                .map_err(DecodeError::Payload),
            _ => Err(DecodeError::UnknownType),
        }
    }

    fn schemas(_: &mut SchemaGenerator) -> Vec<(&'static str, u32, Schema)> {
        Vec::new()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    const STATE_VERSION: u32 = 3;
    type Command = u64;
    type Event = CounterEvent;
    type Refusal = CountedNothing;

    fn decide(&self, by: u64, _: &Context) -> Result<Vec<CounterEvent>, CountedNothing> {
        if by == 0 {
            Err(CountedNothing)
        } else {
            Ok(vec![CounterEvent::Counted(Counted { by })])
        }
    }

    fn evolve(&mut self, event: &CounterEvent) {
        match event {
            CounterEvent::Counted(counted) => self.sum += counted.by,
            CounterEvent::Padded(_) => {}
        }
    }
}
