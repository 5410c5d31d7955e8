//! A dataset as its log has it, to answer a write with.

use chrono::{DateTime, Utc};
use serde_json::Value;
use vault_crypto::KeyRing;
use vault_domain::{
    Actor, Aggregate, DatasetId, Sealed, TenantId, UserId,
    dataset::{Dataset, DatasetEvent, FieldChange},
    field,
};
use vault_event_store::StoredEvent;

use super::seal;
use crate::{error::CommandError, vault::Vault};

/// A dataset in clear, after all its events.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetView {
    /// Its id.
    pub id: DatasetId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The kind of task it serves.
    pub task_type: Option<String>,
    /// A JSON Schema of its records.
    pub schema: Option<Value>,
    /// Labels.
    pub tags: Vec<String>,
    /// Settings.
    pub settings: Option<Value>,
    /// `active`, `archived` or `deleted`.
    pub status: &'static str,
    /// The sequence of its last event: its entity tag.
    pub sequence: u64,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What the events say of the sealed properties.
#[derive(Default)]
struct Properties {
    name: Option<Sealed>,
    description: Option<Sealed>,
    task_type: Option<Sealed>,
    tags: Option<Sealed>,
    schema: Option<Sealed>,
    settings: Option<Sealed>,
}

impl Properties {
    fn evolve(&mut self, event: DatasetEvent) {
        match event {
            DatasetEvent::Created(created) => {
                *self = Self {
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
            DatasetEvent::Archived(_) | DatasetEvent::Unarchived(_) | DatasetEvent::Deleted(_) => {}
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

/// The dataset after the event with this sequence.
pub(super) async fn view(
    vault: &Vault,
    tenant: TenantId,
    id: DatasetId,
    until_sequence: u64,
) -> Result<DatasetView, CommandError> {
    let mut events = vault.store.stream(tenant, Dataset::TYPE, id.as_uuid(), 0).await?;
    events.retain(|event| event.sequence <= until_sequence);
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Err(CommandError::DatasetNotFound);
    };
    let mut properties = Properties::default();
    let mut status = "active";
    for event in &events {
        let event: DatasetEvent = event.decode()?;
        status = match &event {
            DatasetEvent::Created(_) | DatasetEvent::Unarchived(_) => "active",
            DatasetEvent::Updated(_) => status,
            DatasetEvent::Archived(_) => "archived",
            DatasetEvent::Deleted(_) => "deleted",
        };
        properties.evolve(event);
    }
    let opener = Opener {
        keys: &vault.keys,
        tenant,
        id,
    };
    Ok(DatasetView {
        id,
        name: opener
            .text(field::DATASET_NAME, properties.name)
            .await?
            .unwrap_or_default(),
        description: opener
            .text(field::DATASET_DESCRIPTION, properties.description)
            .await?,
        task_type: opener
            .text(field::DATASET_TASK_TYPE, properties.task_type)
            .await?,
        schema: opener.json(field::DATASET_SCHEMA, properties.schema).await?,
        tags: opener
            .json(field::DATASET_TAGS, properties.tags)
            .await?
            .unwrap_or_default(),
        settings: opener.json(field::DATASET_SETTINGS, properties.settings).await?,
        status,
        sequence: last.sequence,
        created_by: creator(first)?,
        created_at: first.recorded_at,
        updated_at: last.recorded_at,
    })
}

fn creator(first: &StoredEvent) -> Result<Option<UserId>, CommandError> {
    Ok(match first.decode_metadata()?.actor {
        Actor::User(user) => Some(user),
        Actor::System => None,
    })
}

struct Opener<'a> {
    keys: &'a KeyRing,
    tenant: TenantId,
    id: DatasetId,
}

impl Opener<'_> {
    async fn text(&self, name: &'static str, sealed: Option<Sealed>) -> Result<Option<String>, CommandError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let key = self.keys.data_key(self.tenant, seal::key_of(&sealed)?).await?;
        let opened = key.open_value(&seal::context(self.tenant, self.id, name), &sealed)?;
        Ok(Some(String::from_utf8_lossy(&opened).into_owned()))
    }

    async fn json<T: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
        sealed: Option<Sealed>,
    ) -> Result<Option<T>, CommandError> {
        let text = self.text(name, sealed).await?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| CommandError::Internal(Box::new(error)))
    }
}
