//! What a scan reports.

use serde::{Deserialize, Serialize};
use vault_domain::{EntityType, json_path::json_pointer};

use crate::{confidence::Confidence, custom::CustomTypeId};

/// One finding in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Detection {
    /// What was found.
    #[serde(rename = "type")]
    pub entity_type: EntityType,
    /// The offset of its first character, in Unicode code points.
    pub start: usize,
    /// The offset after its last character, in Unicode code points.
    pub end: usize,
    /// How sure the detector is.
    pub confidence: Confidence,
    /// Which of the detector's custom types it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<CustomTypeId>,
    /// Whether it is known to be nobody's: printed in manuals, or set aside for tests and documentation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test_value: bool,
}

/// Whether a finding stands in a field's value or in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldPart {
    /// In the value: offsets count the decoded string, or the number's decimal text.
    Value,
    /// In the object key that ends the path: offsets count the decoded key.
    Key,
}

/// One finding in a JSON text.
///
/// `field` is the path to the field: object keys joined by dots, array indexes in brackets, as in
/// `messages[0].content`. A key other than letters, digits, `_` and `-`, or starting with a digit or `-`, stands in
/// brackets as a JSON string: `["first name"].x`, `["a.b"]`, `[""]`. The document itself, when it is one bare value,
/// is `$`. Keys over 128 bytes are cut and end in `…`. A path names every key on its way: where keys hold personal
/// data, so does the path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldDetection {
    /// The path to the field.
    pub field: String,
    /// Whether the finding stands in the value or in the key.
    pub part: FieldPart,
    /// The finding, with offsets into the value or the key.
    #[serde(flatten)]
    pub detection: Detection,
}

impl FieldDetection {
    /// The JSON Pointer (RFC 6901) to the value, or to the member whose key holds the finding.
    ///
    /// There is none where a key on the way is so long that the path cuts it.
    #[must_use]
    pub fn pointer(&self) -> Option<String> {
        json_pointer(&self.field)
    }
}
