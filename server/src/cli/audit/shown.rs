//! An event as the API shows it, and the entry that it must have.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use vault_domain::TenantId;
use vault_event_store::{HashedEvent, tree::Entry};

/// An event as the API shows it.
#[derive(Deserialize)]
pub(super) struct ShownEvent {
    pub(super) position: u64,
    pub(super) tenant_position: u64,
    event_id: Uuid,
    #[serde(rename = "type")]
    event_type: String,
    version: u32,
    stream: String,
    sequence: u64,
    tenant_id: Uuid,
    actor: Option<Uuid>,
    time: DateTime<Utc>,
    payload: Box<RawValue>,
    metadata: Box<RawValue>,
}

impl ShownEvent {
    /// The columns of [`Self::row`].
    pub(super) const COLUMNS: [&str; 12] = [
        "position",
        "tenant_position",
        "event_id",
        "type",
        "version",
        "stream",
        "sequence",
        "tenant_id",
        "actor",
        "time",
        "payload",
        "metadata",
    ];

    /// The event as a row of a table.
    pub(super) fn row(&self) -> [String; 12] {
        [
            self.position.to_string(),
            self.tenant_position.to_string(),
            self.event_id.to_string(),
            self.event_type.clone(),
            self.version.to_string(),
            self.stream.clone(),
            self.sequence.to_string(),
            self.tenant_id.to_string(),
            self.actor.map(|actor| actor.to_string()).unwrap_or_default(),
            self.time.to_rfc3339_opts(SecondsFormat::Micros, true),
            self.payload.get().to_owned(),
            self.metadata.get().to_owned(),
        ]
    }

    /// Whose event it is.
    pub(super) const fn tenant(&self) -> TenantId {
        TenantId::from_uuid(self.tenant_id)
    }

    /// The entry that it must have by its content.
    pub(super) fn entry(&self) -> Option<Entry> {
        let (aggregate_type, aggregate_id) = self.stream.split_once('/')?;
        let hashed = HashedEvent {
            aggregate_type,
            aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.version.to_string(),
            payload: self.payload.get(),
            metadata: self.metadata.get(),
            event_id: &self.event_id.to_string(),
            tenant_id: TenantId::from_uuid(self.tenant_id),
            recorded_at: self.time,
        };
        Some(Entry {
            position: self.position,
            tenant_position: self.tenant_position,
            event_hash: hashed.hash(),
        })
    }
}
