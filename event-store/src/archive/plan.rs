//! What is to be archived, and what was.

use chrono::{DateTime, Utc};

/// What is to be archived.
#[derive(Debug, Clone, Copy)]
pub struct ArchivePlan {
    /// What was recorded before this time.
    pub before: DateTime<Utc>,
    /// When a bundle is closed.
    pub closing: Closing,
}

/// When a bundle is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// When it is full. What does not fill one waits for later events.
    Full,
    /// The last one also when it is not full.
    Any,
}

/// What a run did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Archived {
    /// How many bundles were written.
    pub bundles: u64,
    /// How many events are in them.
    pub events: u64,
    /// How many bytes they have.
    pub size_bytes: u64,
    /// How many rows were removed from the log's table.
    pub removed_rows: u64,
    /// Up to this position the log is archived.
    pub archived_position: u64,
    /// Up to this position rows were removed.
    pub removed_position: u64,
}
