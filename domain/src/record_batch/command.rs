//! The orders that a batch takes.

use std::collections::BTreeMap;

use super::AddedRecord;
use crate::{DatasetId, EntityType};

/// An order to one batch.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordBatchCommand {
    /// Add these records to the draft of the dataset's default branch.
    Add {
        /// The dataset.
        dataset_id: DatasetId,
        /// The version of the detector that looked at the records.
        detector_version: u32,
        /// The records, at least one.
        records: Vec<NewRecord>,
    },
}

/// A record to add, its content already encrypted and what was found in it already counted.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// What the event will say of it.
    pub record: AddedRecord,
    /// How often each type of personal data or secret was found.
    pub findings: BTreeMap<EntityType, u32>,
}

impl NewRecord {
    pub(super) fn sealed_bytes(&self) -> usize {
        let external_id = self
            .record
            .external_id
            .as_ref()
            .map_or(0, |id| id.sealed.envelope().len());
        let metadata = [&self.record.metadata, &self.record.clean_metadata];
        external_id
            + metadata
                .into_iter()
                .flatten()
                .map(|sealed| sealed.envelope().len())
                .sum::<usize>()
    }
}
