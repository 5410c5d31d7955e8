//! The orders that a dataset takes.

use super::DatasetUpdated;
use crate::{Sealed, SealedText};

/// An order to one dataset.
#[derive(Debug, Clone, PartialEq)]
pub enum DatasetCommand {
    /// Begin to exist.
    Create(Box<NewDataset>),
    /// Change what was given.
    Update(Box<DatasetUpdated>),
    /// Take no more records or changes, until unarchived.
    Archive,
    /// Take records and changes again.
    Unarchive,
    /// Disappear from reads, and give the name free.
    Delete,
}

/// What a new dataset begins with; every text of the client is sealed already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDataset {
    /// Its name, unique in the tenant.
    pub name: SealedText,
    /// What it is for.
    pub description: Option<Sealed>,
    /// The kind of task it serves.
    pub task_type: Option<Sealed>,
    /// A JSON array of tags.
    pub tags: Option<Sealed>,
    /// A JSON Schema of its records.
    pub schema: Option<Sealed>,
    /// A JSON object of settings.
    pub settings: Option<Sealed>,
}
