//! An event as a line of a bundle: the item that `/audit/events` shows and exports hold, and its hash.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;
use vault_domain::{EventId, TenantId};

use crate::log::StoredEvent;

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    position: u64,
    tenant_position: u64,
    event_id: Uuid,
    #[serde(rename = "type", borrow)]
    event_type: Cow<'a, str>,
    version: u32,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    sequence: u64,
    tenant_id: Uuid,
    time: DateTime<Utc>,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
    #[serde(borrow)]
    event_hash: Cow<'a, str>,
}

/// Adds an event as a line; `None` when it cannot be one, as nothing can be that an appender wrote.
pub(super) fn write(event: &StoredEvent, lines: &mut Vec<u8>) -> Option<()> {
    let line = Line {
        position: event.position,
        tenant_position: event.tenant_position,
        event_id: event.event_id.as_uuid(),
        event_type: Cow::Borrowed(&event.event_type),
        version: event.event_version.parse().ok()?,
        stream: Cow::Owned(format!("{}/{}", event.aggregate_type, event.aggregate_id)),
        sequence: event.sequence,
        tenant_id: event.tenant_id.as_uuid(),
        time: event.recorded_at,
        payload: serde_json::from_str(&event.payload).ok()?,
        metadata: serde_json::from_str(&event.metadata).ok()?,
        event_hash: Cow::Owned(hex::encode(&event.event_hash)),
    };
    serde_json::to_writer(&mut *lines, &line).ok()?;
    lines.push(b'\n');
    Some(())
}

/// The event of a line.
pub(super) fn read(line: &[u8]) -> Option<StoredEvent> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    let (aggregate_type, aggregate_id) = line.stream.split_once('/')?;
    Some(StoredEvent {
        position: line.position,
        tenant_position: line.tenant_position,
        event_id: EventId::from_uuid(line.event_id),
        tenant_id: TenantId::from_uuid(line.tenant_id),
        aggregate_type: aggregate_type.to_owned(),
        aggregate_id: aggregate_id.to_owned(),
        sequence: line.sequence,
        event_type: line.event_type.into_owned(),
        event_version: line.version.to_string(),
        payload: line.payload.get().to_owned(),
        metadata: line.metadata.get().to_owned(),
        recorded_at: line.time,
        event_hash: hex::decode(line.event_hash.as_bytes()).ok()?,
    })
}
