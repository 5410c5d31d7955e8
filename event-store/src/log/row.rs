//! An event as it is stored.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, Row, postgres::PgRow};
use uuid::Uuid;
use vault_domain::{DomainEvent, EventId, Metadata, TenantId};

use crate::{error::LoadError, hash::HashedEvent};

/// An event as it is stored, its payload and metadata still text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The place in the log.
    pub position: u64,
    /// The place among the tenant's events.
    pub tenant_position: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The stream's type.
    pub aggregate_type: String,
    /// The stream's id.
    pub aggregate_id: String,
    /// The place in the stream, from 1.
    pub sequence: u64,
    /// The frozen name.
    pub event_type: String,
    /// The payload's version.
    pub event_version: String,
    /// Canonical JSON.
    pub payload: String,
    /// Canonical JSON.
    pub metadata: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the appender computed.
    pub event_hash: Vec<u8>,
}

impl StoredEvent {
    /// Decodes the payload, whatever version it has.
    ///
    /// # Errors
    /// [`LoadError::Decode`], with the position.
    pub fn decode<E: DomainEvent>(&self) -> Result<E, LoadError> {
        let version = self.event_version.parse().unwrap_or(0);
        E::decode(&self.event_type, version, &self.payload).map_err(|source| LoadError::Decode {
            position: self.position,
            source,
        })
    }

    /// Decodes the metadata.
    ///
    /// # Errors
    /// [`LoadError::Decode`], with the position.
    pub fn decode_metadata(&self) -> Result<Metadata, LoadError> {
        serde_json::from_str(&self.metadata).map_err(|source| LoadError::Decode {
            position: self.position,
            source: vault_domain::DecodeError::Payload(source),
        })
    }

    /// The hash that the event has by its content, to compare with the stored one.
    #[must_use]
    pub fn computed_hash(&self) -> [u8; 32] {
        HashedEvent {
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload: &self.payload,
            metadata: &self.metadata,
            event_id: &self.event_id.to_string(),
            tenant_id: self.tenant_id,
            recorded_at: self.recorded_at,
        }
        .hash()
    }
}

impl FromRow<'_, PgRow> for StoredEvent {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        // by number, in the order of `COLUMNS`: a look-up by name costs more than the decoding
        Ok(Self {
            position: row.try_get::<i64, _>(0)?.unsigned_abs(),
            tenant_position: row.try_get::<i64, _>(1)?.unsigned_abs(),
            event_id: EventId::from_uuid(row.try_get::<Uuid, _>(2)?),
            tenant_id: TenantId::from_uuid(row.try_get::<Uuid, _>(3)?),
            aggregate_type: row.try_get(4)?,
            aggregate_id: row.try_get(5)?,
            sequence: row.try_get::<i64, _>(6)?.unsigned_abs(),
            event_type: row.try_get(7)?,
            event_version: row.try_get(8)?,
            payload: row.try_get(9)?,
            metadata: row.try_get(10)?,
            recorded_at: row.try_get(11)?,
            event_hash: row.try_get(12)?,
        })
    }
}
