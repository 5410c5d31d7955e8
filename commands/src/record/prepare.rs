//! What is computed of a record before it is appended: its findings, its ciphertext, its sealed texts.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value, json, value::RawValue};
use vault_crypto::{ContentAddress, CryptoError, DataKey, KeyedHasher, Label, Scope, ScopeKeys, SealContext};
use vault_domain::{
    DatasetId, EntityType, ErrorCode, KeyedHash, RecordId, Sealed, SealedText, SubjectId, TenantId, field,
    json_path::METADATA,
    record_batch::{AddedRecord, NewRecord},
};
use vault_event_store::{Claim, ContentRow, SubjectRecordRow};
use vault_privacy::{Detector, FieldDetection, ScanError, span_model::ModelFailure};
use vault_storage::{MAX_ROW_CONTENT_BYTES, frame};
use zeroize::Zeroizing;

use super::outcome::RecordFailure;
use crate::{
    error::CommandError,
    privacy::{Named, named},
    subject::{Resolved, SubjectKeys},
};

/// The most bytes of one record's data.
pub const MAX_DATA_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes of one record's metadata.
pub const MAX_METADATA_BYTES: usize = 16 * 1024;
/// The longest external id, in Unicode code points.
pub const MAX_EXTERNAL_ID_CHARS: usize = 255;

/// A record as a client sends it.
#[derive(Debug, Clone)]
pub struct RecordInput {
    /// Any JSON value, kept byte for byte.
    pub data: Box<RawValue>,
    /// A JSON object to filter by.
    pub metadata: Option<Value>,
    /// The client's own id, unique in the draft.
    pub external_id: Option<String>,
    /// By what the client names the person whom it is about.
    pub subject: Option<String>,
}

/// A record ready to be appended.
pub(super) struct Prepared {
    pub(super) new: NewRecord,
    pub(super) content: PreparedContent,
    pub(super) claim: Option<Claim>,
    pub(super) subject_row: Option<SubjectRecordRow>,
    pub(super) external_id: Option<String>,
    pub(super) detections: Vec<Named<FieldDetection>>,
}

pub(super) enum PreparedContent {
    /// Commits with the event.
    Row(ContentRow),
    /// Goes to the object store before the event.
    Large(Scope, ContentAddress, Zeroizing<Vec<u8>>),
}

impl PreparedContent {
    /// Seals a dataset's content anew that another key sealed.
    pub(super) fn seal_anew(
        &mut self,
        tenant: TenantId,
        old: &DataKey,
        new: &DataKey,
    ) -> Result<(), CryptoError> {
        let Self::Row(row) = self else { return Ok(()) };
        let context = SealContext {
            tenant,
            scope: Scope::Dataset(row.dataset),
            label: Label::Content(ContentAddress::from_bytes(*row.address.as_bytes())),
        };
        row.ciphertext = new.seal(&context, &old.open(&context, &row.ciphertext)?)?;
        Ok(())
    }
}

/// A record's metadata sealed, sealed again without what was found in it, and what was.
#[derive(Default)]
struct PreparedMetadata {
    whole: Option<Sealed>,
    clean: Option<Sealed>,
    found: Vec<FieldDetection>,
}

/// Prepares records of one dataset. Pure CPU.
#[derive(Clone)]
pub(super) struct Preparer {
    pub(super) tenant: TenantId,
    pub(super) dataset: DatasetId,
    pub(super) keys: Arc<ScopeKeys>,
    pub(super) subjects: Arc<Resolved>,
    pub(super) detector: Arc<Detector>,
}

impl Preparer {
    pub(super) fn prepare(&self, id: RecordId, input: &RecordInput) -> Result<Prepared, RecordFailure> {
        let data = input.data.get();
        if data.len() > MAX_DATA_BYTES {
            let message = format!("data must be at most {MAX_DATA_BYTES} bytes long");
            return Err(RecordFailure::new(ErrorCode::PayloadTooLarge, message));
        }
        let subject = input
            .subject
            .as_deref()
            .map(|name| self.subject(name))
            .transpose()?;
        let sealer = RecordSealer::new(self, id, subject);
        let mut detections = self.detector.scan_json(data).map_err(scan_failure)?;
        let metadata = input
            .metadata
            .as_ref()
            .map(|metadata| sealer.metadata(&self.detector, metadata))
            .transpose()?;
        let external_id = input
            .external_id
            .as_deref()
            .map(|text| sealer.external_id(text))
            .transpose()?;
        let claim = input.external_id.as_deref().map(|text| self.claim(id, text));
        let PreparedMetadata { whole, clean, found } = metadata.unwrap_or_default();
        detections.extend(found);
        let detections: Vec<_> = detections
            .into_iter()
            .map(|found| named(found, &self.detector))
            .collect();

        let framed = frame(&findings_json(&detections)?, data);
        let address = sealer.keys.address.address(&framed);
        let record = AddedRecord {
            record_id: id,
            content: KeyedHash::from_bytes(*address.as_bytes()),
            size_bytes: data.len() as u64,
            subject_id: subject.map(|subject| subject.id),
            external_id,
            metadata: whole,
            clean_metadata: clean,
        };
        let findings = count(&detections);
        Ok(Prepared {
            subject_row: subject
                .map(|subject| self.subject_row(subject.id, &record, &findings, claim.as_ref())),
            claim,
            external_id: input.external_id.clone(),
            content: sealer.content(self.dataset, address, framed)?,
            new: NewRecord { record, findings },
            detections,
        })
    }

    fn subject(&self, name: &str) -> Result<&SubjectKeys, RecordFailure> {
        if !is_name(name) {
            let message =
                format!("subject must be 1 to {MAX_EXTERNAL_ID_CHARS} characters without control characters");
            return Err(RecordFailure::new(ErrorCode::InvalidFieldValue, message).in_field("subject"));
        }
        let unresolved = || RecordFailure::fault(CommandError::Contended);
        self.subjects.get(name).ok_or_else(unresolved)
    }

    /// The claim of an external id is the dataset's, whomever the record is about: it is unique there.
    fn claim(&self, id: RecordId, external_id: &str) -> Claim {
        Claim {
            claim_type: field::RECORD_EXTERNAL_ID,
            scope: self.dataset.as_uuid(),
            key: external_id_hash(&self.keys.lookup, external_id),
            holder: id.as_uuid(),
        }
    }

    fn subject_row(
        &self,
        subject: SubjectId,
        record: &AddedRecord,
        findings: &BTreeMap<EntityType, u32>,
        claim: Option<&Claim>,
    ) -> SubjectRecordRow {
        SubjectRecordRow {
            subject_id: subject.as_uuid(),
            record_id: record.record_id.as_uuid(),
            dataset_id: self.dataset.as_uuid(),
            address: record.content.as_bytes().to_vec(),
            size_bytes: record.size_bytes.cast_signed(),
            pii_counts: json!(findings),
            external_id_hash: claim.map(|claim| claim.key.as_bytes().to_vec()),
        }
    }
}

/// Seals one record, with the keys of its subject if it has one, and of its dataset otherwise.
struct RecordSealer<'a> {
    tenant: TenantId,
    scope: Scope,
    keys: &'a ScopeKeys,
    id: RecordId,
}

impl<'a> RecordSealer<'a> {
    fn new(preparer: &'a Preparer, id: RecordId, subject: Option<&'a SubjectKeys>) -> Self {
        let (scope, keys) = match subject {
            Some(subject) => (Scope::Subject(subject.id), &*subject.keys),
            None => (Scope::Dataset(preparer.dataset), &*preparer.keys),
        };
        Self {
            tenant: preparer.tenant,
            scope,
            keys,
            id,
        }
    }

    fn content(
        &self,
        dataset: DatasetId,
        address: ContentAddress,
        framed: Zeroizing<Vec<u8>>,
    ) -> Result<PreparedContent, RecordFailure> {
        if framed.len() > MAX_ROW_CONTENT_BYTES {
            return Ok(PreparedContent::Large(self.scope, address, framed));
        }
        let ciphertext = self
            .keys
            .content
            .seal(&self.context(Label::Content(address)), &framed)
            .map_err(sealing)?;
        let address = KeyedHash::from_bytes(*address.as_bytes());
        Ok(PreparedContent::Row(ContentRow {
            dataset,
            address,
            ciphertext,
        }))
    }

    fn external_id(&self, text: &str) -> Result<SealedText, RecordFailure> {
        if !is_name(text) {
            let message = format!(
                "external_id must be 1 to {MAX_EXTERNAL_ID_CHARS} characters without control characters"
            );
            return Err(RecordFailure::new(ErrorCode::InvalidFieldValue, message).in_field("external_id"));
        }
        Ok(SealedText {
            sealed: self.seal(field::RECORD_EXTERNAL_ID, text)?,
            hash: external_id_hash(&self.keys.lookup, text),
        })
    }

    /// The metadata sealed, and sealed again without the members in which something was found.
    fn metadata(&self, detector: &Detector, metadata: &Value) -> Result<PreparedMetadata, RecordFailure> {
        let Value::Object(members) = metadata else {
            return Err(RecordFailure::new(
                ErrorCode::InvalidFieldType,
                "metadata must be an object".to_owned(),
            )
            .in_field("metadata"));
        };
        let text = metadata.to_string();
        if text.len() > MAX_METADATA_BYTES || text.contains("\\u0000") {
            let message =
                format!("metadata must be at most {MAX_METADATA_BYTES} bytes long and free of U+0000");
            return Err(RecordFailure::new(ErrorCode::InvalidFieldValue, message).in_field("metadata"));
        }
        let mut clean = Map::new();
        let mut found = Vec::new();
        for (key, value) in members {
            let member = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
            let findings = detector.scan_value(&member).map_err(scan_failure)?;
            if findings.is_empty() {
                clean.insert(key.clone(), value.clone());
            }
            found.extend(findings.into_iter().map(|mut finding| {
                let dot = if finding.field.starts_with('[') { "" } else { "." };
                finding.field = format!("{METADATA}{dot}{}", finding.field);
                finding
            }));
        }
        let whole = self.seal(field::RECORD_METADATA, &text)?;
        if found.is_empty() {
            return Ok(PreparedMetadata {
                whole: Some(whole),
                clean: None,
                found,
            });
        }
        let clean = self.seal(field::RECORD_CLEAN_METADATA, &Value::Object(clean).to_string())?;
        Ok(PreparedMetadata {
            whole: Some(whole),
            clean: Some(clean),
            found,
        })
    }

    fn seal(&self, name: &'static str, text: &str) -> Result<Sealed, RecordFailure> {
        let context = self.context(Label::FieldOf(name, self.id.as_uuid()));
        self.keys
            .values
            .seal_value(&context, text.as_bytes())
            .map_err(sealing)
    }

    const fn context(&self, label: Label) -> SealContext {
        SealContext {
            tenant: self.tenant,
            scope: self.scope,
            label,
        }
    }
}

/// Whether a client may name a record or a subject so.
pub(super) fn is_name(text: &str) -> bool {
    (1..=MAX_EXTERNAL_ID_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// By what an external id is found.
fn external_id_hash(lookup: &KeyedHasher, text: &str) -> KeyedHash {
    lookup.hash(field::RECORD_EXTERNAL_ID, text.as_bytes())
}

fn findings_json(detections: &[Named<FieldDetection>]) -> Result<Zeroizing<String>, RecordFailure> {
    serde_json::to_string(detections)
        .map(Zeroizing::new)
        .map_err(|error| RecordFailure::fault(CommandError::Internal(Box::new(error))))
}

fn count(detections: &[Named<FieldDetection>]) -> BTreeMap<EntityType, u32> {
    let mut counts = BTreeMap::new();
    for found in detections {
        *counts.entry(found.found.detection.entity_type).or_default() += 1;
    }
    counts
}

fn scan_failure(error: ScanError) -> RecordFailure {
    let code = match error {
        ScanError::Model(ModelFailure::TooLong { .. }) => ErrorCode::PayloadTooLarge,
        // not the record's fault: the same one may be looked at another time
        ScanError::Model(failure) => return RecordFailure::fault(failure.into()),
        ScanError::InvalidJson { .. } => ErrorCode::InvalidRequestFormat,
        ScanError::TooDeep | ScanError::PathTooLong | ScanError::TooManyFindings => {
            ErrorCode::InvalidFieldValue
        }
    };
    RecordFailure::new(code, error.to_string())
}

fn sealing(error: CryptoError) -> RecordFailure {
    RecordFailure::fault(error.into())
}
