//! The worst misses: those of most characters.

use std::{cmp::Reverse, collections::BinaryHeap};

use serde::Serialize;
use vault_privacy::evaluate::Miss;

/// A miss, and where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    pub(super) line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<usize>,
    #[serde(flatten)]
    pub(super) miss: Miss,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
}

impl Place {
    /// Worse places are greater; of equally bad ones the earlier.
    fn badness(&self) -> (usize, Reverse<(u64, Option<usize>, usize)>) {
        (
            self.miss.characters,
            Reverse((self.line, self.message, self.miss.start)),
        )
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.badness().cmp(&other.badness())
    }
}

/// Keeps the worst of all that it is offered.
pub(super) struct Worst {
    most: usize,
    kept: BinaryHeap<Reverse<Place>>,
}

impl Worst {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            most,
            kept: BinaryHeap::new(),
        }
    }

    pub(super) fn offer(&mut self, place: Place) {
        self.kept.push(Reverse(place));
        if self.kept.len() > self.most {
            self.kept.pop();
        }
    }

    /// The worst first.
    pub(super) fn into_sorted(self) -> Vec<Place> {
        self.kept
            .into_sorted_vec()
            .into_iter()
            .map(|Reverse(place)| place)
            .collect()
    }
}
