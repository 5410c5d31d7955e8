//! Use cases that look at a given text and keep nothing.

use std::sync::Arc;

use vault_access::{Permit, act};
use vault_domain::{EntityType, ErrorCode, TenantId};
use vault_privacy::{
    Confidence, CustomTypeId, Detection, Detector, FieldDetection, HashKey, OffsetUnit, ScanError, Strategy,
    anonymize_text, span_model::ModelFailure, to_unit,
};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::{detectors::detector_of, error::CommandError, vault::Vault};

/// The most bytes of a text or of a JSON value to look at.
pub const MAX_SCAN_BYTES: usize = 4 * 1024 * 1024;
/// From which size on the work is done off the async threads.
const OFFLOAD_BYTES: usize = 32 * 1024;
const HASH_LABEL: &str = "privacy.anonymize.hash";

/// Which findings are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only these types, by their names or those of the tenant's own; none means all.
    pub types: Option<Vec<String>>,
    /// Only findings at least this sure; by default what the vault itself would report.
    pub min_confidence: Option<Confidence>,
}

/// A finding, with the name of the tenant's own type that it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named<T> {
    /// The finding.
    #[serde(flatten)]
    pub found: T,
    /// The name, if it is one of the tenant's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_type: Option<Arc<str>>,
}

/// What a finding holds of its type.
pub(crate) trait OfType {
    /// Which of its detector's custom types it is of; it is not told again.
    fn take_custom(&mut self) -> Option<CustomTypeId>;
}

impl OfType for Detection {
    fn take_custom(&mut self) -> Option<CustomTypeId> {
        self.custom.take()
    }
}

impl OfType for FieldDetection {
    fn take_custom(&mut self) -> Option<CustomTypeId> {
        self.detection.custom.take()
    }
}

/// Names a finding of this detector: the number of its custom type means nothing elsewhere.
pub(crate) fn named<T: OfType>(mut found: T, detector: &Detector) -> Named<T> {
    let custom = found.take_custom().and_then(|id| detector.custom_type(id));
    Named {
        found,
        custom_type: custom.map(|custom| Arc::clone(&custom.name)),
    }
}

/// A scan as it was asked for, with the tenant's detector.
struct Scan {
    detector: Arc<Detector>,
    least: Confidence,
    types: Option<Vec<String>>,
}

impl Scan {
    async fn new(vault: &Vault, tenant: TenantId, wanted: &Wanted) -> Result<Self, CommandError> {
        let detector = detector_of(vault, tenant).await?;
        for (index, name) in wanted.types.iter().flatten().enumerate() {
            let is_custom = || {
                detector
                    .custom_types()
                    .iter()
                    .any(|custom| *custom.name == **name)
            };
            if name.parse::<EntityType>().is_err() && !is_custom() {
                let field = format!("entity_types[{index}]");
                return Err(CommandError::invalid(
                    &field,
                    ErrorCode::InvalidEnumValue,
                    "is no entity type",
                ));
            }
        }
        Ok(Self {
            least: wanted.min_confidence.unwrap_or_else(|| detector.min_confidence()),
            detector,
            types: wanted.types.clone(),
        })
    }

    /// Whether the scan may run on a thread that serves requests.
    fn is_quick(&self, size_bytes: usize) -> bool {
        size_bytes < OFFLOAD_BYTES && !self.detector.has_model()
    }

    fn takes(&self, found: &Detection) -> bool {
        let Some(types) = &self.types else { return true };
        let custom = found.custom.and_then(|id| self.detector.custom_type(id));
        types.iter().any(|name| {
            name == found.entity_type.as_str() || custom.is_some_and(|custom| *custom.name == **name)
        })
    }
}

/// What is found in a text, with offsets in the given unit.
///
/// # Errors
/// `Invalid` when the text is too long, or a type is unknown.
pub async fn detect_text(
    vault: &Vault,
    permit: &Permit<act::PrivacyScan>,
    text: &str,
    wanted: &Wanted,
    unit: OffsetUnit,
) -> Result<Vec<Named<Detection>>, CommandError> {
    check_size("text", text.len())?;
    let scan = Scan::new(vault, permit.principal().tenant, wanted).await?;
    let mut found = scan_text(&scan, text).await?;
    found.retain(|detection| scan.takes(detection));
    let found = to_unit(text, &found, unit).into_iter();
    Ok(found.map(|found| named(found, &scan.detector)).collect())
}

/// What is found in a JSON value, field by field, with offsets in code points of the field.
///
/// # Errors
/// `Invalid` when the value is too large, or nested too deep, or a type is unknown.
pub async fn detect_json(
    vault: &Vault,
    permit: &Permit<act::PrivacyScan>,
    json: &str,
    wanted: &Wanted,
) -> Result<Vec<Named<FieldDetection>>, CommandError> {
    check_size("data", json.len())?;
    let scan = Scan::new(vault, permit.principal().tenant, wanted).await?;
    let mut found = scan_json(&scan, json).await?;
    found.retain(|found| scan.takes(&found.detection));
    Ok(found
        .into_iter()
        .map(|found| named(found, &scan.detector))
        .collect())
}

/// How findings are to be taken out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnonymizeStrategy {
    /// `[REDACTED]`
    Redact,
    /// All characters but the last few become `*`.
    Mask,
    /// A keyed hash, the same for the same value within the tenant.
    Hash,
    /// The name of the type.
    Replace,
}

/// A text without what was found in it, and the findings with offsets in the original text.
///
/// # Errors
/// `Invalid` when the text is too long; a fault when the tenant's key cannot be had.
pub async fn anonymize(
    vault: &Vault,
    permit: &Permit<act::PrivacyAnonymize>,
    text: &str,
    strategy: AnonymizeStrategy,
    wanted: &Wanted,
) -> Result<(String, Vec<Named<Detection>>), CommandError> {
    check_size("text", text.len())?;
    let scan = Scan::new(vault, permit.principal().tenant, wanted).await?;
    let strategy = match strategy {
        AnonymizeStrategy::Redact => Strategy::Redact,
        AnonymizeStrategy::Mask => Strategy::Mask,
        AnonymizeStrategy::Replace => Strategy::Replace,
        AnonymizeStrategy::Hash => {
            let hasher = vault.keys.tenant_lookup(permit.principal().tenant).await?;
            Strategy::Hash(HashKey::from_bytes(*hasher.hash(HASH_LABEL, b"key").as_bytes()))
        }
    };
    let mut found = scan_text(&scan, text).await?;
    found.retain(|detection| scan.takes(detection));
    let anonymized = anonymize_text(text, &found, &strategy);
    let found = found.into_iter().map(|found| named(found, &scan.detector));
    Ok((anonymized, found.collect()))
}

/// Scans, off the async threads when that takes long.
async fn scan_text(scan: &Scan, text: &str) -> Result<Vec<Detection>, CommandError> {
    let least = scan.least;
    let found = if scan.is_quick(text.len()) {
        scan.detector.scan_text_at(text, least)
    } else {
        let (detector, text) = (Arc::clone(&scan.detector), Zeroizing::new(text.to_owned()));
        off_thread(move || detector.scan_text_at(&text, least)).await?
    };
    found.map_err(|error| scan_error("text", error))
}

async fn scan_json(scan: &Scan, json: &str) -> Result<Vec<FieldDetection>, CommandError> {
    let least = scan.least;
    let found = if scan.is_quick(json.len()) {
        scan.detector.scan_json_at(json, least)
    } else {
        let (detector, json) = (Arc::clone(&scan.detector), Zeroizing::new(json.to_owned()));
        off_thread(move || detector.scan_json_at(&json, least)).await?
    };
    found.map_err(|error| scan_error("data", error))
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| CommandError::Internal(Box::new(error)))
}

fn check_size(field: &str, size_bytes: usize) -> Result<(), CommandError> {
    if size_bytes <= MAX_SCAN_BYTES {
        return Ok(());
    }
    let message = format!("must be at most {MAX_SCAN_BYTES} bytes long");
    Err(CommandError::invalid(field, ErrorCode::FieldTooLong, message))
}

fn scan_error(field: &str, error: ScanError) -> CommandError {
    let code = match error {
        ScanError::Model(ModelFailure::TooLong { .. }) => ErrorCode::FieldTooLong,
        ScanError::Model(failure) => return failure.into(),
        ScanError::InvalidJson { .. }
        | ScanError::TooDeep
        | ScanError::PathTooLong
        | ScanError::TooManyFindings => ErrorCode::InvalidFieldValue,
    };
    CommandError::invalid(field, code, error.to_string())
}
