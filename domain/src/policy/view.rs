//! A tenant's own policy as people read it.

use serde::{Deserialize, Serialize};

use crate::PolicyId;

/// A tenant's own policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    /// Its id.
    pub id: PolicyId,
    /// What it says.
    pub content: PolicyContent,
    /// The sequence at which it became what it is: its entity tag.
    pub sequence: u64,
}

/// A policy's texts, as they are sealed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyContent {
    /// What it is called.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The policy in Cedar's language.
    pub policy: String,
}
