//! Use cases that look at a given text and keep nothing.

use std::sync::Arc;

use vault_access::{Permit, act};
use vault_domain::{EntityType, ErrorCode};
use vault_privacy::{
    Confidence, Detection, FieldDetection, HashKey, OffsetUnit, ScanError, Strategy, anonymize_text, to_unit,
};

use zeroize::Zeroizing;

use crate::{error::CommandError, vault::Vault};

/// The most bytes of a text or of a JSON value to look at.
pub const MAX_SCAN_BYTES: usize = 4 * 1024 * 1024;
/// From which size on the work is done off the async threads.
const OFFLOAD_BYTES: usize = 32 * 1024;
const HASH_LABEL: &str = "privacy.anonymize.hash";

/// Which findings are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only these types; none means all.
    pub entity_types: Option<Vec<EntityType>>,
    /// Only findings at least this sure; by default what the vault itself would report.
    pub min_confidence: Option<Confidence>,
}

impl Wanted {
    fn least(&self, vault: &Vault) -> Confidence {
        self.min_confidence
            .unwrap_or_else(|| vault.detector.min_confidence())
    }

    fn takes(&self, detection: &Detection) -> bool {
        self.entity_types
            .as_ref()
            .is_none_or(|types| types.contains(&detection.entity_type))
    }
}

/// What is found in a text, with offsets in the given unit.
///
/// # Errors
/// `Invalid` when the text is too long.
pub async fn detect_text(
    vault: &Vault,
    _: &Permit<act::PrivacyScan>,
    text: &str,
    wanted: &Wanted,
    unit: OffsetUnit,
) -> Result<Vec<Detection>, CommandError> {
    check_size("text", text.len())?;
    let mut found = scan_text(vault, text, wanted).await?;
    found.retain(|detection| wanted.takes(detection));
    Ok(to_unit(text, &found, unit))
}

/// What is found in a JSON value, field by field, with offsets in code points of the field.
///
/// # Errors
/// `Invalid` when the value is too large, or nested too deep.
pub async fn detect_json(
    vault: &Vault,
    _: &Permit<act::PrivacyScan>,
    json: &str,
    wanted: &Wanted,
) -> Result<Vec<FieldDetection>, CommandError> {
    check_size("data", json.len())?;
    let mut found = scan_json(vault, json, wanted)
        .await?
        .map_err(|error| scan_error(&error))?;
    found.retain(|found| wanted.takes(&found.detection));
    Ok(found)
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
) -> Result<(String, Vec<Detection>), CommandError> {
    check_size("text", text.len())?;
    let strategy = match strategy {
        AnonymizeStrategy::Redact => Strategy::Redact,
        AnonymizeStrategy::Mask => Strategy::Mask,
        AnonymizeStrategy::Replace => Strategy::Replace,
        AnonymizeStrategy::Hash => {
            let hasher = vault.keys.tenant_lookup(permit.principal().tenant).await?;
            Strategy::Hash(HashKey::from_bytes(*hasher.hash(HASH_LABEL, b"key").as_bytes()))
        }
    };
    let mut found = scan_text(vault, text, wanted).await?;
    found.retain(|detection| wanted.takes(detection));
    Ok((anonymize_text(text, &found, &strategy), found))
}

/// Scans, off the async threads when that takes long.
async fn scan_text(vault: &Vault, text: &str, wanted: &Wanted) -> Result<Vec<Detection>, CommandError> {
    let least = wanted.least(vault);
    if text.len() < OFFLOAD_BYTES {
        return Ok(vault.detector.scan_text_at(text, least));
    }
    let (detector, text) = (Arc::clone(&vault.detector), Zeroizing::new(text.to_owned()));
    off_thread(move || detector.scan_text_at(&text, least)).await
}

async fn scan_json(
    vault: &Vault,
    json: &str,
    wanted: &Wanted,
) -> Result<Result<Vec<FieldDetection>, ScanError>, CommandError> {
    let least = wanted.least(vault);
    if json.len() < OFFLOAD_BYTES {
        return Ok(vault.detector.scan_json_at(json, least));
    }
    let (detector, json) = (Arc::clone(&vault.detector), Zeroizing::new(json.to_owned()));
    off_thread(move || detector.scan_json_at(&json, least)).await
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

fn scan_error(error: &ScanError) -> CommandError {
    CommandError::invalid("data", ErrorCode::InvalidFieldValue, error.to_string())
}
