//! What answers say of an event, and requests of which are wanted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vault_domain::UserId;
use vault_event_store::{EventFilter, StoredEvent};
use vault_http::{LogPosition, PageLimit, Problem};

/// An event of the log, as it is stored.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct EventBody {
    /// Its place in the log.
    pub(super) position: u64,
    /// Its place among the tenant's events, without a gap.
    tenant_position: u64,
    /// Its id.
    event_id: Uuid,
    /// Its frozen name.
    #[serde(rename = "type")]
    #[schema(example = "records.added")]
    event_type: String,
    /// The version of its payload.
    version: u32,
    /// The stream: aggregate type and id.
    #[schema(example = "dataset/0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b")]
    stream: String,
    /// Its place in the stream.
    sequence: u64,
    /// The tenant.
    tenant_id: Uuid,
    /// The acting user; absent where the vault itself acted. Of a program, `metadata` names the API key as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Uuid>,
    /// When it was recorded.
    time: DateTime<Utc>,
    /// What happened. Texts of clients are sealed.
    #[schema(value_type = Object)]
    payload: Box<RawValue>,
    /// How it came to happen.
    #[schema(value_type = Object)]
    metadata: Box<RawValue>,
}

impl TryFrom<StoredEvent> for EventBody {
    type Error = Problem;

    fn try_from(event: StoredEvent) -> Result<Self, Problem> {
        let actor = event.decode_metadata().map_err(Problem::internal)?.actor;
        Ok(Self {
            position: event.position,
            tenant_position: event.tenant_position,
            event_id: event.event_id.as_uuid(),
            version: event.event_version.parse().unwrap_or(0),
            stream: format!("{}/{}", event.aggregate_type, event.aggregate_id),
            sequence: event.sequence,
            tenant_id: event.tenant_id.as_uuid(),
            actor: actor.user().map(UserId::as_uuid),
            time: event.recorded_at,
            payload: RawValue::from_string(event.payload).map_err(Problem::internal)?,
            metadata: RawValue::from_string(event.metadata).map_err(Problem::internal)?,
            event_type: event.event_type,
        })
    }
}

/// Which events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// After this position of the log.
    #[serde(default)]
    #[param(inline, required = false)]
    pub(super) after: LogPosition,
    /// The most events to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 100, minimum = 1, maximum = 1000, required = false)]
    pub(super) limit: PageLimit<100, 1000>,
    /// Of these types, separated by commas.
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// By this user.
    actor: Option<Uuid>,
    /// Of this operation of the API, such as `add_records`.
    action: Option<String>,
    /// Up to this position of the log.
    #[param(inline, required = false)]
    until: Option<LogPosition>,
    /// Of the stream with this id, or naming it: a dataset, a record, a user.
    resource: Option<Uuid>,
    /// About this person, whoever acted: a user's registration and logins, for example.
    subject: Option<Uuid>,
    /// Recorded at or after this time (RFC 3339).
    from: Option<DateTime<Utc>>,
    /// Recorded before this time (RFC 3339).
    to: Option<DateTime<Utc>>,
}

impl EventQuery {
    pub(super) fn filter(&self) -> EventFilter {
        let types = self.event_type.iter().flat_map(|types| types.split(','));
        EventFilter {
            event_types: types
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            resource: self.resource,
            subject: self.subject,
            actor: self.actor,
            operation: self.action.clone(),
            until: self.until.map(LogPosition::get),
            from: self.from,
            to: self.to,
        }
    }
}
