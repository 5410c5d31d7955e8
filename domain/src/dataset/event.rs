//! The facts of a dataset, in their stored form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NewDataset;
use crate::{Sealed, SealedText, aggregate::events};

events! {
    /// A fact of one dataset.
    DatasetEvent {
        /// It began to exist.
        Created(DatasetCreated) = "dataset.created" v 1,
        /// Some of its properties changed.
        Updated(DatasetUpdated) = "dataset.updated" v 1,
        /// It was closed for records and changes.
        Archived(DatasetArchived) = "dataset.archived" v 1,
        /// It was opened again.
        Unarchived(DatasetUnarchived) = "dataset.unarchived" v 1,
        /// It was deleted.
        Deleted(DatasetDeleted) = "dataset.deleted" v 1,
    }
}

/// A dataset began to exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetCreated {
    /// Its name.
    pub name: SealedText,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Sealed>,
    /// The kind of task it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<Sealed>,
    /// A JSON array of tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Sealed>,
    /// A JSON Schema of its records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Sealed>,
    /// A JSON object of settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Sealed>,
}

impl From<NewDataset> for DatasetCreated {
    fn from(new: NewDataset) -> Self {
        let NewDataset {
            name,
            description,
            task_type,
            tags,
            schema,
            settings,
        } = new;
        Self {
            name,
            description,
            task_type,
            tags,
            schema,
            settings,
        }
    }
}

/// What became of one property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldChange {
    /// It has this value now.
    Set(Sealed),
    /// It has no value any more.
    Cleared,
}

/// Some properties of a dataset changed; what is absent did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetUpdated {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<SealedText>,
    /// What became of the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<FieldChange>,
    /// What became of the task type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<FieldChange>,
    /// What became of the tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<FieldChange>,
    /// What became of the schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<FieldChange>,
    /// What became of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<FieldChange>,
}

impl DatasetUpdated {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A dataset was closed for records and changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetArchived {}

/// A dataset was opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetUnarchived {}

/// A dataset was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetDeleted {}
