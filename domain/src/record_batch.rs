//! The records that one request, or one chunk of a streamed request, adds to a dataset.
//!
//! Each batch is a stream of its own, guarded by its dataset, so that clients that add records to the same dataset
//! never conflict with one another.

mod command;
mod event;
mod refusal;

use serde::{Deserialize, Serialize};

pub use command::{NewRecord, RecordBatchCommand};
pub(crate) use event::counts_schema;
pub use event::{
    AddedRecord, ContentAddressHex, PiiDetected, RecordBatchEvent, RecordFindings, RecordsAdded,
};
pub use refusal::RecordBatchRefusal;

use crate::{
    DatasetId,
    aggregate::{Aggregate, Context},
};

/// The most records of one event.
pub const MAX_RECORDS_PER_EVENT: usize = 300;
/// The most records of one batch.
pub const MAX_RECORDS_PER_BATCH: usize = 1_200;
/// The most bytes of sealed values in one event, so that it stays below the log's limit of 256 KiB once encoded.
pub const MAX_SEALED_BYTES_PER_EVENT: usize = 96 * 1024;
/// The most counts of findings, each a type's in one record, that one event tells.
pub const MAX_COUNTS_PER_EVENT: usize = 4_000;

/// The aggregate of one batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordBatch {
    added: usize,
}

impl Aggregate for RecordBatch {
    const TYPE: &'static str = "record_batch";
    const STATE_VERSION: u32 = 1;
    type Command = RecordBatchCommand;
    type Event = RecordBatchEvent;
    type Refusal = RecordBatchRefusal;

    fn decide(
        &self,
        command: RecordBatchCommand,
        _: &Context,
    ) -> Result<Vec<RecordBatchEvent>, RecordBatchRefusal> {
        let RecordBatchCommand::Add {
            dataset_id,
            detector_version,
            records,
        } = command;
        if self.added > 0 {
            return Err(RecordBatchRefusal::AlreadyAdded);
        }
        if records.is_empty() {
            return Err(RecordBatchRefusal::Empty);
        }
        if records.len() > MAX_RECORDS_PER_BATCH {
            return Err(RecordBatchRefusal::TooMany {
                max: MAX_RECORDS_PER_BATCH,
            });
        }
        Ok(split(dataset_id, detector_version, records))
    }

    fn evolve(&mut self, event: &RecordBatchEvent) {
        match event {
            RecordBatchEvent::Added(added) => self.added += added.records.len(),
            RecordBatchEvent::PiiDetected(_) => {}
        }
    }
}

/// Makes events of at most [`MAX_RECORDS_PER_EVENT`] records each, every one followed by its findings.
fn split(dataset_id: DatasetId, detector_version: u32, records: Vec<NewRecord>) -> Vec<RecordBatchEvent> {
    let mut events = Vec::new();
    let mut chunk = Vec::new();
    let (mut sealed_bytes, mut counts) = (0, 0);
    for record in records {
        let full = chunk.len() == MAX_RECORDS_PER_EVENT
            || sealed_bytes + record.sealed_bytes() > MAX_SEALED_BYTES_PER_EVENT
            || counts + record.findings.len() > MAX_COUNTS_PER_EVENT;
        if full && !chunk.is_empty() {
            push_events(
                &mut events,
                dataset_id,
                detector_version,
                std::mem::take(&mut chunk),
            );
            (sealed_bytes, counts) = (0, 0);
        }
        sealed_bytes += record.sealed_bytes();
        counts += record.findings.len();
        chunk.push(record);
    }
    push_events(&mut events, dataset_id, detector_version, chunk);
    events
}

fn push_events(
    events: &mut Vec<RecordBatchEvent>,
    dataset_id: DatasetId,
    detector_version: u32,
    chunk: Vec<NewRecord>,
) {
    let findings: Vec<RecordFindings> = chunk
        .iter()
        .filter(|record| !record.findings.is_empty())
        .map(|record| RecordFindings {
            record_id: record.record.record_id,
            counts: record.findings.clone(),
        })
        .collect();
    let records = chunk.into_iter().map(|record| record.record).collect();
    events.push(RecordBatchEvent::Added(RecordsAdded { dataset_id, records }));
    if !findings.is_empty() {
        events.push(RecordBatchEvent::PiiDetected(PiiDetected {
            dataset_id,
            detector_version,
            records: findings,
        }));
    }
}
