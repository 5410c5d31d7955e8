//! How often what was found, and in how many files.

use std::{cmp::Reverse, collections::BTreeMap};

use super::finding::{Finding, Kind};

/// Counts by type.
#[derive(Debug)]
pub(super) struct Counts {
    kinds: BTreeMap<Kind, Count>,
    files: u64,
}

/// The count of one type.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) findings: u64,
    pub(super) files: u64,
    /// How many of the findings are known to be nobody's.
    pub(super) test_values: u64,
    last_file: u64,
}

impl Counts {
    pub(super) const fn new() -> Self {
        Self {
            kinds: BTreeMap::new(),
            files: 0,
        }
    }

    /// Another file, in which something is found, begins.
    pub(super) const fn next_file(&mut self) {
        self.files += 1;
    }

    pub(super) fn add(&mut self, finding: &Finding) {
        let count = self.kinds.entry(finding.kind.clone()).or_default();
        count.findings += 1;
        count.test_values += u64::from(finding.test_value);
        count.files += u64::from(count.last_file != self.files);
        count.last_file = self.files;
    }

    pub(super) fn findings(&self) -> u64 {
        self.kinds.values().map(|count| count.findings).sum()
    }

    pub(super) const fn files_with_findings(&self) -> u64 {
        self.files
    }

    /// The most frequent type first.
    pub(super) fn by_frequency(&self) -> Vec<(&Kind, &Count)> {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(kind, count)| (Reverse(count.findings), *kind));
        kinds
    }
}
