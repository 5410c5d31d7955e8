//! One finding in a file, as it is told: where it is and what it is, never its value.

use std::sync::Arc;

use vault_domain::Sensitivity;
use vault_privacy::{Confidence, Detection, EntityType, FieldPart};

/// One finding in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) place: Place,
    pub(super) kind: Kind,
    /// Where it begins in its field, cell or line, in code points.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    pub(super) confidence: Confidence,
    /// Whether it is known to be nobody's.
    pub(super) test_value: bool,
    /// What was found with its letters and digits starred, where a report shows samples.
    pub(super) masked: Option<String>,
}

/// Where in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The line, from 1; none in a JSON document and in Parquet.
    pub(super) line: Option<u64>,
    /// The row of a table, from 1; in CSV the line of names is the first.
    pub(super) row: Option<u64>,
    /// The name of the column of CSV, or its number from 1 where it has none.
    pub(super) column: Option<String>,
    /// The path to the field of a JSON value, or of a row of Parquet.
    pub(super) field: Option<String>,
    /// The JSON Pointer to it.
    pub(super) pointer: Option<String>,
    /// Whether it stands in the field's value or in its name.
    pub(super) part: Option<FieldPart>,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) entity_type: EntityType,
    /// Which of the caller's own types, if it is one.
    pub(super) custom: Option<Arc<str>>,
    pub(super) sensitivity: Sensitivity,
}

impl Kind {
    /// The type's name: the caller's own where it is one of theirs.
    pub(super) fn name(&self) -> &str {
        self.custom
            .as_deref()
            .unwrap_or_else(|| self.entity_type.as_str())
    }
}

impl Finding {
    pub(super) fn new(place: Place, kind: Kind, found: &Detection, masked: Option<String>) -> Self {
        Self {
            place,
            kind,
            start: found.start,
            end: found.end,
            confidence: found.confidence,
            test_value: found.test_value,
            masked,
        }
    }
}
