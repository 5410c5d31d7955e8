//! Which features get a row of weights: those that are common enough, the most common one where several would share.

use std::collections::HashMap;

use vault_privacy::names::{features::features, spans::blocks};

use crate::texts::Text;

/// How often a feature must be seen.
const LEAST: u32 = 4;
/// The number of rough counters, as a power of two.
const SKETCH_BITS: u32 = 25;

/// The owner of each row.
pub(crate) struct Rows {
    owners: Vec<u64>,
}

impl Rows {
    pub(crate) fn empty(bits: u32) -> Self {
        Self {
            owners: vec![0; 1 << bits],
        }
    }

    pub(crate) fn owners(&self) -> &[u64] {
        &self.owners
    }

    pub(crate) fn used(&self) -> usize {
        self.owners.iter().filter(|owner| **owner != 0).count()
    }

    /// The row of a feature, if it has one.
    pub(crate) fn of(&self, feature: u64) -> Option<usize> {
        let row = place(feature, self.owners.len());
        (self.owners[row] == feature).then_some(row)
    }
}

fn place(feature: u64, places: usize) -> usize {
    usize::try_from(feature).unwrap_or_default() & (places - 1)
}

pub(crate) fn choose(texts: &[Text], bits: u32) -> Rows {
    let mut sketch = vec![0_u8; 1 << SKETCH_BITS];
    each_feature(texts, |feature| {
        let counter = &mut sketch[place(feature.rotate_left(21), 1 << SKETCH_BITS)];
        *counter = counter.saturating_add(1);
    });
    let mut counts: HashMap<u64, u32> = HashMap::new();
    each_feature(texts, |feature| {
        if u32::from(sketch[place(feature.rotate_left(21), 1 << SKETCH_BITS)]) >= LEAST {
            *counts.entry(feature).or_default() += 1;
        }
    });
    let mut common: Vec<(u32, u64)> = counts
        .into_iter()
        .filter(|(_, count)| *count >= LEAST)
        .map(|(feature, count)| (count, feature))
        .collect();
    common.sort_unstable_by(|left, right| right.cmp(left));
    let mut rows = Rows::empty(bits);
    for (_, feature) in common {
        let row = place(feature, rows.owners.len());
        if rows.owners[row] == 0 {
            rows.owners[row] = feature;
        }
    }
    rows
}

fn each_feature(texts: &[Text], mut see: impl FnMut(u64)) {
    for text in texts {
        for range in blocks(&text.tokens) {
            range.for_each(|at| features(&text.tokens, at).into_iter().for_each(&mut see));
        }
    }
}
