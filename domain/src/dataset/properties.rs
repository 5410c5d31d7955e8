//! What a dataset's events say of its properties: for whoever shows the dataset as its log has it.

use super::{DatasetEvent, FieldChange};
use crate::Sealed;

/// Where a dataset is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DatasetStatus {
    /// It takes records and changes.
    #[default]
    Active,
    /// It is closed for both.
    Archived,
    /// It is gone.
    Deleted,
}

impl DatasetStatus {
    /// How it is written in answers and read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
        }
    }
}

/// The properties of a dataset, sealed as in its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetProperties {
    /// Where it is in its life.
    pub status: DatasetStatus,
    /// Its name; none before its first event.
    pub name: Option<Sealed>,
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

impl DatasetProperties {
    /// Takes the next event in.
    pub fn evolve(&mut self, event: DatasetEvent) {
        match event {
            DatasetEvent::Created(created) => {
                *self = Self {
                    status: DatasetStatus::Active,
                    name: Some(created.name.sealed),
                    description: created.description,
                    task_type: created.task_type,
                    tags: created.tags,
                    schema: created.schema,
                    settings: created.settings,
                };
            }
            DatasetEvent::Updated(updated) => {
                if let Some(name) = updated.name {
                    self.name = Some(name.sealed);
                }
                set(&mut self.description, updated.description);
                set(&mut self.task_type, updated.task_type);
                set(&mut self.tags, updated.tags);
                set(&mut self.schema, updated.schema);
                set(&mut self.settings, updated.settings);
            }
            DatasetEvent::Archived(_) => self.status = DatasetStatus::Archived,
            DatasetEvent::Unarchived(_) => self.status = DatasetStatus::Active,
            DatasetEvent::Deleted(_) => self.status = DatasetStatus::Deleted,
        }
    }
}

fn set(property: &mut Option<Sealed>, change: Option<FieldChange>) {
    match change {
        Some(FieldChange::Set(sealed)) => *property = Some(sealed),
        Some(FieldChange::Cleared) => *property = None,
        None => {}
    }
}
