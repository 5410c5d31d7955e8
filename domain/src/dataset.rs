//! A dataset: what it is called, and whether records may be added to it.

mod command;
mod event;
mod name;
mod properties;
mod refusal;
mod sensitivity;

use serde::{Deserialize, Serialize};

pub use command::{DatasetCommand, NewDataset};
pub use event::{
    DatasetArchived, DatasetCreated, DatasetDeleted, DatasetEvent, DatasetUnarchived, DatasetUpdated,
    FieldChange,
};
pub use name::{
    DatasetDescription, DatasetName, InvalidText, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_TAG_CHARS,
    MAX_TAGS, MAX_TASK_TYPE_CHARS, Tag, TaskType,
};
pub use properties::{DatasetProperties, DatasetStatus};
pub use refusal::DatasetRefusal;
pub use sensitivity::Sensitivity;

use crate::{
    KeyedHash,
    aggregate::{Aggregate, Context},
};

/// The aggregate of one dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    lifecycle: Lifecycle,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Lifecycle {
    #[default]
    Unknown,
    Active {
        name: KeyedHash,
    },
    Archived {
        name: KeyedHash,
    },
    Deleted,
}

impl Dataset {
    /// The keyed hash of the present name, while the dataset holds one.
    #[must_use]
    pub const fn name_hash(&self) -> Option<KeyedHash> {
        match self.lifecycle {
            Lifecycle::Active { name } | Lifecycle::Archived { name } => Some(name),
            Lifecycle::Unknown | Lifecycle::Deleted => None,
        }
    }

    /// Whether records may be added.
    #[must_use]
    pub const fn takes_records(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Active { .. })
    }

    fn rename(&mut self, new_name: KeyedHash) {
        match &mut self.lifecycle {
            Lifecycle::Active { name } | Lifecycle::Archived { name } => *name = new_name,
            Lifecycle::Unknown | Lifecycle::Deleted => {}
        }
    }

    const fn known(&self) -> Result<KeyedHash, DatasetRefusal> {
        match self.lifecycle {
            Lifecycle::Unknown => Err(DatasetRefusal::Unknown),
            Lifecycle::Deleted => Err(DatasetRefusal::Deleted),
            Lifecycle::Active { name } | Lifecycle::Archived { name } => Ok(name),
        }
    }

    fn update(&self, update: DatasetUpdated) -> Result<Vec<DatasetEvent>, DatasetRefusal> {
        self.known()?;
        if matches!(self.lifecycle, Lifecycle::Archived { .. }) {
            return Err(DatasetRefusal::Archived);
        }
        Ok(if update.is_empty() {
            vec![]
        } else {
            vec![DatasetEvent::Updated(update)]
        })
    }
}

impl Aggregate for Dataset {
    const TYPE: &'static str = "dataset";
    const STATE_VERSION: u32 = 1;
    type Command = DatasetCommand;
    type Event = DatasetEvent;
    type Refusal = DatasetRefusal;

    fn decide(&self, command: DatasetCommand, _: &Context) -> Result<Vec<DatasetEvent>, DatasetRefusal> {
        match command {
            DatasetCommand::Create(new) => match self.lifecycle {
                Lifecycle::Unknown => Ok(vec![DatasetEvent::Created(DatasetCreated::from(*new))]),
                _ => Err(DatasetRefusal::AlreadyExists),
            },
            DatasetCommand::Update(update) => self.update(*update),
            DatasetCommand::Archive => {
                self.known()?;
                Ok(match self.lifecycle {
                    Lifecycle::Active { .. } => vec![DatasetEvent::Archived(DatasetArchived {})],
                    _ => vec![],
                })
            }
            DatasetCommand::Unarchive => {
                self.known()?;
                Ok(match self.lifecycle {
                    Lifecycle::Archived { .. } => vec![DatasetEvent::Unarchived(DatasetUnarchived {})],
                    _ => vec![],
                })
            }
            DatasetCommand::Delete => {
                self.known()?;
                Ok(vec![DatasetEvent::Deleted(DatasetDeleted {})])
            }
        }
    }

    fn evolve(&mut self, event: &DatasetEvent) {
        match event {
            DatasetEvent::Created(created) => {
                self.lifecycle = Lifecycle::Active {
                    name: created.name.hash,
                }
            }
            DatasetEvent::Updated(updated) => {
                if let Some(name) = &updated.name {
                    self.rename(name.hash);
                }
            }
            DatasetEvent::Archived(_) => {
                if let Some(name) = self.name_hash() {
                    self.lifecycle = Lifecycle::Archived { name };
                }
            }
            DatasetEvent::Unarchived(_) => {
                if let Some(name) = self.name_hash() {
                    self.lifecycle = Lifecycle::Active { name };
                }
            }
            DatasetEvent::Deleted(_) => self.lifecycle = Lifecycle::Deleted,
        }
    }
}
