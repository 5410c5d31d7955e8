//! What answers say of findings, and requests of which are wanted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault_commands::privacy::{Named, Wanted};
use vault_domain::ErrorCode;
use vault_http::Problem;
use vault_privacy::{Confidence, Detection, FieldDetection, FieldPart};

/// Personal data or a secret that was found.
#[derive(Serialize, ToSchema)]
#[schema(as = Detection)]
pub(crate) struct DetectionBody {
    /// The kind.
    #[serde(rename = "type")]
    #[schema(example = "email")]
    entity_type: &'static str,
    /// The name of the tenant's own type, where the kind is `custom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_type: Option<String>,
    /// The field's path, where the request was a JSON value.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The JSON Pointer (RFC 6901) to the field, where the request was a JSON value; absent also where a key on the way
    /// is longer than 128 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/messages/0/content")]
    pointer: Option<String>,
    /// Where the request was a JSON value: `value`, or `key` where it stands in the key of the object's member; offsets
    /// then count the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'static str>,
    /// Where it begins.
    start: usize,
    /// Where it ends, exclusive.
    end: usize,
    /// How sure the detector is, from 0 to 1.
    confidence: f64,
    /// `true` where it is known to be nobody's: a test card, an address of documentation; absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    test_value: bool,
}

impl From<Named<Detection>> for DetectionBody {
    fn from(named: Named<Detection>) -> Self {
        let found = named.found;
        Self {
            custom_type: named.custom_type.map(|name| name.to_string()),
            entity_type: found.entity_type.as_str(),
            field: None,
            pointer: None,
            part: None,
            start: found.start,
            end: found.end,
            confidence: found.confidence.fraction(),
            test_value: found.test_value,
        }
    }
}

impl From<Named<FieldDetection>> for DetectionBody {
    fn from(named: Named<FieldDetection>) -> Self {
        let Named { found, custom_type } = named;
        Self {
            pointer: found.pointer(),
            part: Some(part_name(found.part)),
            field: Some(found.field),
            ..Self::from(Named {
                found: found.detection,
                custom_type,
            })
        }
    }
}

/// The name of the part of a field.
pub(crate) const fn part_name(part: FieldPart) -> &'static str {
    match part {
        FieldPart::Value => "value",
        FieldPart::Key => "key",
    }
}

/// Which findings are wanted.
#[derive(Default, Deserialize)]
pub(crate) struct WantedBody {
    pub(crate) entity_types: Option<Vec<String>>,
    pub(crate) min_confidence: Option<f64>,
}

impl WantedBody {
    pub(crate) fn check(self) -> Result<Wanted, Problem> {
        let min_confidence = self.min_confidence.map(confidence).transpose()?;
        Ok(Wanted {
            types: self.entity_types,
            min_confidence,
        })
    }
}

fn confidence(value: f64) -> Result<Confidence, Problem> {
    Confidence::from_fraction(value).ok_or_else(|| {
        Problem::in_field(
            "min_confidence",
            ErrorCode::InvalidFieldValue,
            "must be from 0 to 1",
        )
    })
}
