//! The facts of a batch, in their stored form.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{DatasetId, EntityType, KeyedHash, RecordId, Sealed, SealedText, SubjectId, aggregate::events};

events! {
    /// A fact of one batch.
    RecordBatchEvent {
        /// Records were added.
        Added(RecordsAdded) = "records.added" v 2 from [1: RecordsAdded],
        /// Personal data or secrets were found in records.
        PiiDetected(PiiDetected) = "pii.detected" v 1,
    }
}

/// A content address: the HMAC-SHA-256 of the content under its scope's address key, as hexadecimal digits in JSON.
pub type ContentAddressHex = KeyedHash;

/// Records were added to the draft of a dataset's default branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsAdded {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// The records, in the client's order.
    pub records: Vec<AddedRecord>,
}

/// One record that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedRecord {
    /// The minted id.
    pub record_id: RecordId,
    /// Where its ciphertext is.
    pub content: ContentAddressHex,
    /// The plaintext's size.
    pub size_bytes: u64,
    /// The person whom it is about. Their keys seal it then, and not the dataset's. Since version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<SubjectId>,
    /// The client's own id. Its hash is made with a key of the subject, if there is one, and dies with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<SealedText>,
    /// The client's metadata, a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Sealed>,
    /// The metadata without the values in which something was found, where there are such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean_metadata: Option<Sealed>,
}

/// Personal data or secrets were found in records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PiiDetected {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// The version of the detector.
    pub detector_version: u32,
    /// The records in which something was found.
    pub records: Vec<RecordFindings>,
}

/// How often each type was found in one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFindings {
    /// The record.
    pub record_id: RecordId,
    /// Findings by type.
    #[schemars(schema_with = "counts_schema")]
    pub counts: BTreeMap<EntityType, u32>,
}

/// The derived schema would allow any name where a type's name stands.
pub(crate) fn counts_schema(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": generator.subschema_for::<EntityType>(),
        "additionalProperties": generator.subschema_for::<u32>()
    })
}
