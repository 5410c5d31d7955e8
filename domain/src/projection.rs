//! What operators decide about projections: the facts of the log that no projection can be asked for.
//!
//! A skip is a stream of its own, whose id is made of what is skipped. So nothing is skipped twice, and whether an event
//! is to be skipped can be looked up.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Sealed,
    aggregate::{Aggregate, Context, events},
};

events! {
    /// A fact about an event that a projection passes over.
    SkipEvent {
        /// An operator let a projection pass over it.
        Skipped(ProjectionSkipped) = "projection.skipped" v 1,
    }
}

/// An operator let a projection pass over an event that it could not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectionSkipped {
    /// The projection.
    pub projection: ProjectionName,
    /// The position of the event.
    pub position: u64,
    /// Why, in the operator's words.
    pub reason: Sealed,
}

/// A projection whose events can be skipped. The names are frozen, as are the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionName {
    /// One row a dataset.
    Datasets = 1,
    /// One row a record.
    Records = 2,
    /// The figures of datasets.
    DatasetStats = 3,
}

/// A text that names no projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such projection")]
pub struct UnknownProjection;

impl ProjectionName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Datasets, Self::Records, Self::DatasetStats];

    /// The name, as checkpoints and tables have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datasets => "datasets",
            Self::Records => "records",
            Self::DatasetStats => "dataset_stats",
        }
    }
}

impl FromStr for ProjectionName {
    type Err = UnknownProjection;

    fn from_str(text: &str) -> Result<Self, UnknownProjection> {
        let named = Self::ALL.into_iter().find(|projection| projection.name() == text);
        named.ok_or(UnknownProjection)
    }
}

/// The decision that a projection passes over one event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    decided: bool,
}

impl Skip {
    /// The id of the stream that says whether a projection passes over the event at a position.
    #[must_use]
    pub fn stream_id(projection: ProjectionName, position: u64) -> Uuid {
        let mut bytes = [0; 16];
        bytes[3] = projection as u8;
        // a position is below 2^53: the bits that a UUID keeps for itself are not needed
        bytes[8..].copy_from_slice(&position.to_be_bytes());
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// An order about one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipCommand {
    /// Let a projection pass over it.
    Skip(ProjectionSkipped),
}

/// The reason why an event is not skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkipRefusal {
    /// It was skipped before.
    #[error("the event was skipped before")]
    AlreadySkipped,
}

impl Aggregate for Skip {
    const TYPE: &'static str = "projection_skip";
    const STATE_VERSION: u32 = 1;
    type Command = SkipCommand;
    type Event = SkipEvent;
    type Refusal = SkipRefusal;

    fn decide(&self, command: SkipCommand, _: &Context) -> Result<Vec<SkipEvent>, SkipRefusal> {
        match command {
            SkipCommand::Skip(_) if self.decided => Err(SkipRefusal::AlreadySkipped),
            SkipCommand::Skip(skipped) => Ok(vec![SkipEvent::Skipped(skipped)]),
        }
    }

    fn evolve(&mut self, event: &SkipEvent) {
        match event {
            SkipEvent::Skipped(_) => self.decided = true,
        }
    }
}
