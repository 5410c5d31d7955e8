//! The shipped roles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a user may do, by name; `vault-access` says what each role permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything within the tenant.
    Admin,
    /// Works with datasets and records.
    DataScientist,
    /// Reads the log.
    Auditor,
    /// Adds records.
    Ingest,
}
