//! What a caller read: reads are facts of the log like writes.
//!
//! The reads of one caller within a moment are one stream of one event, so that they conflict with nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    DatasetId, RecordId,
    aggregate::{Aggregate, Context, events},
};

/// The most record ids of one event.
pub const MAX_READS_PER_EVENT: usize = 1_000;

events! {
    /// A fact of one caller's reads.
    RecordAccessEvent {
        /// Contents of records were read.
        Read(RecordsRead) = "records.read" v 1,
    }
}

/// Contents of records were read by the event's actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsRead {
    /// What was read, by dataset.
    pub datasets: Vec<DatasetReads>,
}

/// What was read of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetReads {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// How many reads there were; a record may have been read more than once.
    pub reads: u64,
    /// Which records.
    pub record_ids: Vec<RecordId>,
}

/// The aggregate of one caller's reads within a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAccess {
    recorded: bool,
}

/// An order to write reads down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordAccessCommand {
    /// Write these reads down.
    Record(Vec<DatasetReads>),
}

/// The reason why reads are not written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordAccessRefusal {
    /// They were written down before.
    #[error("the reads were recorded before")]
    AlreadyRecorded,
    /// There is nothing to write down.
    #[error("there are no reads to record")]
    Empty,
}

impl Aggregate for RecordAccess {
    const TYPE: &'static str = "record_access";
    const STATE_VERSION: u32 = 1;
    type Command = RecordAccessCommand;
    type Event = RecordAccessEvent;
    type Refusal = RecordAccessRefusal;

    fn decide(
        &self,
        command: RecordAccessCommand,
        _: &Context,
    ) -> Result<Vec<RecordAccessEvent>, RecordAccessRefusal> {
        let RecordAccessCommand::Record(datasets) = command;
        if self.recorded {
            return Err(RecordAccessRefusal::AlreadyRecorded);
        }
        if datasets.is_empty() {
            return Err(RecordAccessRefusal::Empty);
        }
        Ok(vec![RecordAccessEvent::Read(RecordsRead { datasets })])
    }

    fn evolve(&mut self, event: &RecordAccessEvent) {
        match event {
            RecordAccessEvent::Read(_) => self.recorded = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const CONTEXT: Context = Context {
        now: DateTime::UNIX_EPOCH,
    };

    #[test]
    fn reads_are_written_down_once_and_never_none() {
        let mut access = RecordAccess::default();
        let reads = vec![DatasetReads {
            dataset_id: DatasetId::from_uuid(uuid::Uuid::from_u128(1)),
            reads: 2,
            record_ids: vec![RecordId::from_uuid(uuid::Uuid::from_u128(2))],
        }];
        assert_eq!(
            access.decide(RecordAccessCommand::Record(vec![]), &CONTEXT),
            Err(RecordAccessRefusal::Empty)
        );
        let events = access
            .decide(RecordAccessCommand::Record(reads.clone()), &CONTEXT)
            .unwrap();
        assert_eq!(
            events,
            [RecordAccessEvent::Read(RecordsRead {
                datasets: reads.clone()
            })]
        );
        for event in &events {
            access.evolve(event);
        }
        assert_eq!(
            access.decide(RecordAccessCommand::Record(reads), &CONTEXT),
            Err(RecordAccessRefusal::AlreadyRecorded)
        );
    }
}
