//! The kinds of personal data and secrets that the vault finds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of personal data or secret; its names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntityType {
    /// An email address.
    Email,
}
