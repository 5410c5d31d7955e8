//! A dataset as its log has it, to answer a write with.

use chrono::{DateTime, Utc};
use serde_json::Value;
use vault_access::policy::DatasetAttributes;
use vault_crypto::KeyRing;
use vault_domain::{
    Aggregate, DatasetId, Sealed, TenantId, UserId,
    dataset::{Dataset, DatasetProperties, DatasetStatus, Sensitivity},
    field,
};
use vault_event_store::{EventStore, StoredEvent};

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
    /// Where it is in its life.
    pub status: DatasetStatus,
    /// The sequence of its last event: its entity tag.
    pub sequence: u64,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
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
    let mut properties = DatasetProperties::default();
    for event in &events {
        properties.evolve(event.decode()?);
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
        status: properties.status,
        sequence: last.sequence,
        created_by: creator(first)?,
        created_at: first.recorded_at,
        updated_at: last.recorded_at,
    })
}

fn creator(first: &StoredEvent) -> Result<Option<UserId>, CommandError> {
    Ok(first.decode_metadata()?.actor.user())
}

/// What policies may ask of a dataset; nothing, if there is none.
pub(crate) async fn attributes(
    store: &EventStore,
    keys: &KeyRing,
    tenant: TenantId,
    id: DatasetId,
) -> Result<DatasetAttributes, CommandError> {
    let events = store.stream(tenant, Dataset::TYPE, id.as_uuid(), 0).await?;
    let Some(first) = events.first() else {
        return Ok(DatasetAttributes::default());
    };
    let mut properties = DatasetProperties::default();
    for event in &events {
        properties.evolve(event.decode()?);
    }
    let opener = Opener { keys, tenant, id };
    let settings: Option<Value> = opener.json(field::DATASET_SETTINGS, properties.settings).await?;
    Ok(DatasetAttributes {
        owner: creator(first)?,
        is_sensitive: Sensitivity::of(settings.as_ref()) == Sensitivity::Sensitive,
        task_type: opener
            .text(field::DATASET_TASK_TYPE, properties.task_type)
            .await?,
        tags: opener
            .json(field::DATASET_TAGS, properties.tags)
            .await?
            .unwrap_or_default(),
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
        let key = self.keys.upkeep_key(self.tenant, seal::key_of(&sealed)?).await?;
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
