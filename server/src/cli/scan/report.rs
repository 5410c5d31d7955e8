//! What reports are told, one after the other.

use std::{io, path::PathBuf};

use super::{finding::Finding, walk::Skipped};

/// What was read, and what was not.
pub(super) struct Summary<'s> {
    /// How many files were scanned.
    pub(super) files: u64,
    pub(super) skipped: &'s Skipped,
    /// What could not be read, and why.
    pub(super) unread: &'s [(PathBuf, String)],
}

/// A report that is written while the scan goes on.
pub(super) trait Report {
    /// Takes a finding; those of a file come together.
    fn finding(&mut self, file: &str, finding: &Finding) -> io::Result<()>;

    /// Ends the report.
    fn finish(&mut self, summary: &Summary<'_>) -> io::Result<()>;
}
