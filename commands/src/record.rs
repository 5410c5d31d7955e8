//! Use cases of records.

mod add;
mod outcome;
mod prepare;

pub use add::{add, check_open};
pub use outcome::{AddedRecords, RecordFailure, RecordOutcome};
pub use prepare::{MAX_DATA_BYTES, MAX_EXTERNAL_ID_CHARS, MAX_METADATA_BYTES, RecordInput};

use chrono::{DateTime, Utc};
use vault_domain::{KeyedHash, RecordId, SubjectId};
use vault_privacy::FieldDetection;

use crate::privacy::Named;

/// A record that is in the log.
#[derive(Debug, Clone)]
pub struct StoredRecord {
    /// Its minted id.
    pub id: RecordId,
    /// The client's own id.
    pub external_id: Option<String>,
    /// The person whom it is about.
    pub subject: Option<SubjectId>,
    /// The address of its content.
    pub content: KeyedHash,
    /// The size of its data.
    pub size_bytes: u64,
    /// What was found in it.
    pub detections: Vec<Named<FieldDetection>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}
