//! What became of records that were to be added.

use vault_domain::ErrorCode;

use super::StoredRecord;
use crate::error::CommandError;

/// Why one record was not added.
#[derive(Debug)]
pub struct RecordFailure {
    /// The code.
    pub code: ErrorCode,
    /// What is wrong, free of the record's values.
    pub message: String,
    /// The member at fault, if it is one.
    pub field: Option<&'static str>,
    pub(super) fault: Option<CommandError>,
}

impl RecordFailure {
    /// The record itself is at fault.
    #[must_use]
    pub const fn new(code: ErrorCode, message: String) -> Self {
        Self {
            code,
            message,
            field: None,
            fault: None,
        }
    }

    /// The member at fault.
    #[must_use]
    pub(super) const fn in_field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    pub(super) fn fault(error: CommandError) -> Self {
        let message = "the record could not be encrypted".to_owned();
        Self {
            code: ErrorCode::EncryptionFailed,
            message,
            field: None,
            fault: Some(error),
        }
    }

    pub(super) fn duplicate() -> Self {
        Self::new(
            ErrorCode::DuplicateRecord,
            "the draft holds a record with this external_id".to_owned(),
        )
        .in_field("external_id")
    }
}

/// What became of one record.
pub type RecordOutcome = Result<StoredRecord, RecordFailure>;

/// What became of each record, in the order in which they were given.
#[derive(Debug)]
pub struct AddedRecords {
    /// One outcome a record.
    pub outcomes: Vec<RecordOutcome>,
}
