//! What answers say of findings, and requests of which are wanted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault_commands::privacy::Wanted;
use vault_domain::{EntityType, ErrorCode};
use vault_http::Problem;
use vault_privacy::{Confidence, Detection, FieldDetection};

/// Personal data or a secret that was found.
#[derive(Serialize, ToSchema)]
#[schema(as = Detection)]
pub(crate) struct DetectionBody {
    /// The kind.
    #[serde(rename = "type")]
    #[schema(example = "email")]
    entity_type: &'static str,
    /// The field's path, where the request was a JSON value.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Where it begins.
    start: usize,
    /// Where it ends, exclusive.
    end: usize,
    /// How sure the detector is, from 0 to 1.
    confidence: f64,
}

impl From<Detection> for DetectionBody {
    fn from(found: Detection) -> Self {
        Self {
            entity_type: found.entity_type.as_str(),
            field: None,
            start: found.start,
            end: found.end,
            confidence: found.confidence.fraction(),
        }
    }
}

impl From<FieldDetection> for DetectionBody {
    fn from(found: FieldDetection) -> Self {
        Self {
            field: Some(found.field),
            ..Self::from(found.detection)
        }
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
        let mut entity_types = Vec::new();
        for (index, name) in self.entity_types.iter().flatten().enumerate() {
            let unknown = |_| {
                let field = format!("entity_types[{index}]");
                Problem::in_field(field, ErrorCode::InvalidEnumValue, "is no entity type")
            };
            entity_types.push(name.parse::<EntityType>().map_err(unknown)?);
        }
        let min_confidence = self.min_confidence.map(confidence).transpose()?;
        Ok(Wanted {
            entity_types: self.entity_types.map(|_| entity_types),
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
