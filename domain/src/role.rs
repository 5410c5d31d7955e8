//! The shipped roles.

use std::{fmt, str::FromStr};

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
    /// Reads records to train and evaluate models.
    MlEngineer,
    /// Keeps keys and policies.
    SecurityEngineer,
    /// Keeps the service running.
    Operator,
    /// Is not of the house.
    ExternalConsumer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Admin,
        Self::DataScientist,
        Self::Auditor,
        Self::Ingest,
        Self::MlEngineer,
        Self::SecurityEngineer,
        Self::Operator,
        Self::ExternalConsumer,
    ];

    /// The stable name, as in events and tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::DataScientist => "data_scientist",
            Self::Auditor => "auditor",
            Self::Ingest => "ingest",
            Self::MlEngineer => "ml_engineer",
            Self::SecurityEngineer => "security_engineer",
            Self::Operator => "operator",
            Self::ExternalConsumer => "external_consumer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a role")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or(UnknownRole)
    }
}
