//! A grant as people read it.

use super::GrantGiven;

/// A grant, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantView {
    /// The grant.
    pub grant: GrantGiven,
    /// Why it was given.
    pub reason: String,
}
