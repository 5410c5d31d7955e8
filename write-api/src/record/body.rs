//! What requests and answers say of a record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vault_commands::privacy::Named;
use vault_commands::record::{RecordFailure, RecordInput, StoredRecord};
use vault_domain::{ErrorCode, SubjectId};
use vault_http::{FreeJson, RawJson, is_named_twice};
use vault_privacy::FieldDetection;

use crate::{privacy::part_name, request::is_array};

/// A record to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRecordBody {
    /// Any JSON value, at most 16 MiB. It is kept byte for byte.
    #[schema(value_type = serde_json::Value, example = json!({"text": "Contact me at john.doe@example.com"}))]
    data: RawJson,
    /// A JSON object to filter by, at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<FreeJson>,
    /// The client's own id, unique in the draft, at most 255 characters.
    external_id: Option<String>,
    /// By what the client names the person whom it is about, at most 255 characters. The record is sealed with keys of that
    /// person alone, which an erasure destroys.
    subject: Option<String>,
}

impl From<NewRecordBody> for RecordInput {
    fn from(body: NewRecordBody) -> Self {
        let NewRecordBody {
            data,
            metadata,
            external_id,
            subject,
        } = body;
        Self {
            data: data.0,
            metadata: metadata.map(|metadata| metadata.0),
            external_id,
            subject,
        }
    }
}

/// Reads one record; what is wrong with it is told without its values.
pub(super) fn parse(json: &str) -> Result<RecordInput, RecordFailure> {
    if is_array(json.as_bytes()) {
        return Err(no_record());
    }
    serde_json::from_str::<NewRecordBody>(json)
        .map(RecordInput::from)
        .map_err(|error| {
            if is_named_twice(&error) {
                let message = "an object of the record names a member twice".to_owned();
                RecordFailure::new(ErrorCode::DuplicateValue, message)
            } else if error.is_data() {
                no_record()
            } else {
                let message = format!("the record is not JSON: see its column {}", error.column());
                RecordFailure::new(ErrorCode::InvalidRequestFormat, message)
            }
        })
}

fn no_record() -> RecordFailure {
    let message = "a record is an object with data, and perhaps metadata, external_id and subject";
    RecordFailure::new(ErrorCode::InvalidFieldType, message.to_owned())
}

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
    /// How sure the detector is, from 0 to 1.
    confidence: f64,
    /// `true` where it is known to be nobody's: a test card, an address of documentation; absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    test_value: bool,
}

impl From<Named<FieldDetection>> for RecordDetectionBody {
    fn from(named: Named<FieldDetection>) -> Self {
        let Named { found, custom_type } = named;
        Self {
            custom_type: custom_type.map(|name| name.to_string()),
            entity_type: found.detection.entity_type.as_str(),
            pointer: found.pointer(),
            field: found.field,
            part: part_name(found.part),
            test_value: found.detection.test_value,
            start: found.detection.start,
            end: found.detection.end,
            confidence: found.detection.confidence.fraction(),
        }
    }
}

/// A record that was added.
#[derive(Serialize, ToSchema)]
#[schema(as = AddedRecord)]
pub(crate) struct AddedRecordBody {
    /// Its minted id.
    id: Uuid,
    /// The client's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The person whom it is about, by the minted id.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<Uuid>,
    /// A keyed hash of its content: equal within a dataset, or for one subject, for equal content, meaningless elsewhere.
    content_hash: String,
    /// The size of the data.
    size_bytes: u64,
    /// What was found in it.
    pii_detections: Vec<RecordDetectionBody>,
    /// Whether findings were taken out before it was stored.
    is_anonymized: bool,
    /// Where it was added.
    version: &'static str,
    /// When it was added.
    created_at: DateTime<Utc>,
}

impl From<StoredRecord> for AddedRecordBody {
    fn from(record: StoredRecord) -> Self {
        Self {
            id: record.id.as_uuid(),
            external_id: record.external_id,
            subject_id: record.subject.map(SubjectId::as_uuid),
            content_hash: record.content.to_string(),
            size_bytes: record.size_bytes,
            pii_detections: record
                .detections
                .into_iter()
                .map(RecordDetectionBody::from)
                .collect(),
            is_anonymized: false,
            version: "draft",
            created_at: record.created_at,
        }
    }
}

/// A record of a batch that was not added.
#[derive(Serialize, ToSchema)]
#[schema(as = FailedRecord)]
pub(crate) struct FailedRecordBody {
    /// Its place in the batch, from 0.
    index: u64,
    /// The client's own id, if the record had one that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The code.
    code: &'static str,
    /// What is wrong with it.
    error: String,
}

impl FailedRecordBody {
    pub(super) fn new(index: u64, id: Option<String>, failure: RecordFailure) -> Self {
        Self {
            index,
            id,
            code: failure.code.code(),
            error: failure.message,
        }
    }
}
