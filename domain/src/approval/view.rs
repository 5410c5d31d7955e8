//! An approval as people read it.

use chrono::{DateTime, Utc};

use super::Approval;

/// An approval, with its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalView {
    /// The approval.
    pub approval: Approval,
    /// Why it was asked for.
    pub reason: String,
    /// What a second person says of it.
    pub note: Option<String>,
    /// When this was so.
    pub now: DateTime<Utc>,
}
