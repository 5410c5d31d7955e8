//! From what a client said to what may stand in an event.

use std::sync::Arc;

use serde_json::Value;
use vault_crypto::{CryptoError, DataKey, KeyedHasher, Label, Scope, SealContext, envelope};
use vault_domain::{
    DatasetId, Sealed, SealedText, TenantId,
    dataset::{DatasetUpdated, FieldChange, NewDataset},
    field,
};

use super::input::{self, DatasetInput, DatasetPatch, Patch};
use crate::error::CommandError;

/// Seals the texts of one dataset.
pub(super) struct Sealer {
    pub(super) tenant: TenantId,
    pub(super) dataset: DatasetId,
    pub(super) key: Arc<DataKey>,
    pub(super) names: Arc<KeyedHasher>,
}

impl Sealer {
    pub(super) fn new_dataset(&self, input: &DatasetInput) -> Result<NewDataset, CommandError> {
        Ok(NewDataset {
            name: self.name(&input.name)?,
            description: self.optional(input.description.as_deref(), Self::description)?,
            task_type: self.optional(input.task_type.as_deref(), Self::task_type)?,
            tags: self.optional(input.tags.as_deref(), Self::tags)?,
            schema: self.optional(input.schema.as_ref(), Self::schema)?,
            settings: self.optional(input.settings.as_ref(), Self::settings)?,
        })
    }

    pub(super) fn update(&self, patch: &DatasetPatch) -> Result<DatasetUpdated, CommandError> {
        Ok(DatasetUpdated {
            name: patch.name.as_deref().map(|name| self.name(name)).transpose()?,
            description: self.changed(&patch.description, |s, text| s.description(text))?,
            task_type: self.changed(&patch.task_type, |s, text| s.task_type(text))?,
            tags: self.changed(&patch.tags, |s, tags| s.tags(tags))?,
            schema: self.changed(&patch.schema, Self::schema)?,
            settings: self.changed(&patch.settings, Self::settings)?,
        })
    }

    fn optional<T: ?Sized>(
        &self,
        value: Option<&T>,
        seal: impl Fn(&Self, &T) -> Result<Sealed, CommandError>,
    ) -> Result<Option<Sealed>, CommandError> {
        value.map(|value| seal(self, value)).transpose()
    }

    fn changed<T>(
        &self,
        patch: &Patch<T>,
        seal: impl Fn(&Self, &T) -> Result<Sealed, CommandError>,
    ) -> Result<Option<FieldChange>, CommandError> {
        Ok(match patch {
            Patch::Keep => None,
            Patch::Clear => Some(FieldChange::Cleared),
            Patch::Set(value) => Some(FieldChange::Set(seal(self, value)?)),
        })
    }

    fn name(&self, text: &str) -> Result<SealedText, CommandError> {
        let name = input::name(text)?;
        let sealed = self.seal(field::DATASET_NAME, name.as_str())?;
        Ok(SealedText {
            sealed,
            hash: self.names.hash(field::DATASET_NAME, name.as_str().as_bytes()),
        })
    }

    fn description(&self, text: &str) -> Result<Sealed, CommandError> {
        self.seal(field::DATASET_DESCRIPTION, input::description(text)?.as_str())
    }

    fn task_type(&self, text: &str) -> Result<Sealed, CommandError> {
        self.seal(field::DATASET_TASK_TYPE, input::task_type(text)?.as_str())
    }

    fn tags(&self, texts: &[String]) -> Result<Sealed, CommandError> {
        self.seal(field::DATASET_TAGS, &Value::from(input::tags(texts)?).to_string())
    }

    fn schema(&self, value: &Value) -> Result<Sealed, CommandError> {
        self.seal(field::DATASET_SCHEMA, &input::object("schema", value)?)
    }

    fn settings(&self, value: &Value) -> Result<Sealed, CommandError> {
        self.seal(field::DATASET_SETTINGS, &input::settings(value)?)
    }

    fn seal(&self, name: &'static str, text: &str) -> Result<Sealed, CommandError> {
        Ok(self
            .key
            .seal_value(&context(self.tenant, self.dataset, name), text.as_bytes())?)
    }
}

pub(super) const fn context(tenant: TenantId, dataset: DatasetId, name: &'static str) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::Dataset(dataset),
        label: Label::Field(name),
    }
}

/// The key under which a value is sealed.
pub(super) fn key_of(sealed: &Sealed) -> Result<vault_domain::KeyId, CryptoError> {
    envelope::key_id(sealed.envelope())
}
