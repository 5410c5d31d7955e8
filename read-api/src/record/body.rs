//! What answers say of a record, and requests of which are wanted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vault_domain::{EntityType, ErrorCode, RecordId, SubjectId, json_path::json_pointer};
use vault_http::{Cursor, PageLimit, Problem};
use vault_projections::read::RecordFilter;
use vault_queries::record::{Finding, FindingPart, RecordName, RecordView};

use crate::as_of::AsOfParameter;

/// The order in which records are listed.
pub(super) const ORDER: &str = "id:asc";
/// Begins a record's name that is the client's own.
const EXTERNAL: &str = "ext:";

/// Personal data or a secret that was found in a record.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordDetection)]
pub(crate) struct RecordDetectionBody {
    /// The kind.
    #[serde(rename = "type")]
    entity_type: &'static str,
    /// The name of the tenant's own type, where the kind is `custom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_type: Option<String>,
    /// The field's path in the data; `$metadata` begins the path of a field of the metadata.
    field: String,
    /// The JSON Pointer (RFC 6901) to the field, from `data`, or from `metadata` where `field` begins with `$metadata`;
    /// absent where a key on the way is longer than 128 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/messages/0/content")]
    pointer: Option<String>,
    /// `value`, or `key` where it stands in the key of the object's member: offsets then count the key.
    part: &'static str,
    /// Where it begins, in code points of the field.
    start: usize,
    /// Where it ends, exclusive.
    end: usize,
    /// How sure the detector was, from 0 to 1.
    confidence: f64,
    /// `true` where it is known to be nobody's: a test card, an address of documentation; absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    test_value: bool,
}

impl From<Finding> for RecordDetectionBody {
    fn from(finding: Finding) -> Self {
        Self {
            entity_type: finding.entity_type.as_str(),
            custom_type: finding.custom_type,
            pointer: json_pointer(&finding.field),
            field: finding.field,
            part: match finding.part {
                FindingPart::Value => "value",
                FindingPart::Key => "key",
            },
            test_value: finding.test_value,
            start: finding.start,
            end: finding.end,
            confidence: finding.confidence,
        }
    }
}

/// A record.
#[derive(Serialize, ToSchema)]
#[schema(as = Record)]
pub(crate) struct RecordBody {
    /// Its minted id.
    id: Uuid,
    /// The client's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The data, byte for byte as it was sent.
    #[schema(value_type = Value)]
    data: Box<RawValue>,
    /// The client's metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// What was found in it.
    pii_detections: Vec<RecordDetectionBody>,
    /// The person whom it is about, by the minted id.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<Uuid>,
    /// A keyed hash of its content: equal within a dataset, or for one subject, for equal content, meaningless elsewhere.
    content_hash: String,
    /// The size of the data.
    size_bytes: i64,
    /// When it was added.
    created_at: DateTime<Utc>,
}

impl From<RecordView> for RecordBody {
    fn from(view: RecordView) -> Self {
        Self {
            id: view.id.as_uuid(),
            external_id: view.external_id,
            data: view.data,
            metadata: view.metadata,
            pii_detections: view.findings.into_iter().map(RecordDetectionBody::from).collect(),
            subject_id: view.subject.map(SubjectId::as_uuid),
            content_hash: view.content_hash,
            size_bytes: view.size_bytes,
            created_at: view.created_at,
        }
    }
}

/// Which records.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordQuery {
    /// The most records to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 100, minimum = 1, maximum = 1000, required = false)]
    pub(super) limit: PageLimit<100, 1000>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, required = false)]
    cursor: Option<Cursor>,
    /// Only records in which something was found, or only others.
    has_pii: Option<bool>,
    /// Only records in which something of this type was found.
    pii_type: Option<String>,
    /// Only records about this person, by the minted id.
    subject_id: Option<Uuid>,
    /// As it was: after the event at this position of the log, after the write with this `Vault-Position`, or at this
    /// time (RFC 3339). The header `Vault-As-Of` of the answer has the position.
    #[param(value_type = Option<String>, example = "2026-11-01T00:00:00Z")]
    pub(super) as_of: Option<AsOfParameter>,
}

impl RecordQuery {
    pub(super) fn filter(&self) -> Result<RecordFilter, Problem> {
        let after = self
            .cursor
            .as_ref()
            .map(|cursor| cursor.key_for(ORDER))
            .transpose()
            .map_err(|_| {
                Problem::in_field(
                    "cursor",
                    ErrorCode::InvalidQueryParameter,
                    "is no cursor of this list",
                )
            })?;
        let pii_type = self
            .pii_type
            .as_deref()
            .map(str::parse::<EntityType>)
            .transpose()
            .map_err(|_| Problem::in_field("pii_type", ErrorCode::InvalidEnumValue, "is no entity type"))?;
        Ok(RecordFilter {
            has_pii: self.has_pii,
            pii_type,
            subject: self.subject_id.map(SubjectId::from_uuid),
            metadata: None,
            after: after.map(|(_, id)| RecordId::from_uuid(id)),
            until: None,
        })
    }
}

/// A record's name in a path: the minted id, or `ext:` and the client's own.
pub(super) fn record_name(text: &str) -> Result<RecordName, Problem> {
    if let Some(external) = text.strip_prefix(EXTERNAL) {
        return Ok(RecordName::External(external.to_owned()));
    }
    text.parse().map(RecordName::Id).map_err(|_| {
        Problem::in_field(
            "rid",
            ErrorCode::InvalidUuid,
            "is neither a UUID nor ext: and an external id",
        )
    })
}
