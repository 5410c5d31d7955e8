//! The lines that were not added: how many, why, and the first of them.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

/// How many refused lines a report shows.
pub(super) const SHOWN: usize = 10;
/// How many kinds of refusal are counted apart.
const MAX_CODES: usize = 200;
const OTHER_CODES: &str = "others";

/// Why one line was not added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    /// The line of the file, from 1; none when the file is too irregular to tell.
    pub(super) line: Option<u64>,
    /// The number of the record in the upload, from 0; none when the line was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<u64>,
    /// The code of the catalogue.
    pub(super) code: Cow<'static, str>,
    /// What is wrong, free of the line's values.
    pub(super) message: String,
    /// The record's external id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_id: Option<String>,
}

impl Refusal {
    fn place(&self) -> u64 {
        self.line.unwrap_or(u64::MAX)
    }
}

/// All refusals of an upload.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// How many there are.
    pub(super) count: u64,
    /// How many there are of each code.
    pub(super) by_code: BTreeMap<String, u64>,
    /// The first in the order of the file.
    pub(super) first: Vec<Refusal>,
}

impl Refused {
    /// Counts one more.
    pub(super) fn add(&mut self, refusal: Refusal) {
        self.count += 1;
        let known = self.by_code.contains_key(&*refusal.code) || self.by_code.len() < MAX_CODES;
        let code = if known { &*refusal.code } else { OTHER_CODES };
        *self.by_code.entry(code.to_owned()).or_default() += 1;
        // those of the server come later than those that were never sent
        let at = self
            .first
            .partition_point(|earlier| earlier.place() <= refusal.place());
        if at < SHOWN {
            self.first.truncate(SHOWN - 1);
            self.first.insert(at, refusal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: Option<u64>, code: &str) -> Refusal {
        Refusal {
            line,
            record: None,
            code: code.to_owned().into(),
            message: String::new(),
            external_id: None,
        }
    }

    #[test]
    fn the_first_lines_are_kept_in_whatever_order_they_come() {
        let mut refused = Refused::default();
        for line in (1..=50).rev().chain(51..=60) {
            refused.add(refusal(Some(line), if line % 2 == 0 { "even" } else { "odd" }));
        }
        refused.add(refusal(None, "even"));
        let lines: Vec<_> = refused.first.iter().map(|refusal| refusal.line).collect();
        assert_eq!(lines, (1..=10).map(Some).collect::<Vec<_>>());
        assert_eq!(
            (refused.count, refused.by_code["even"], refused.by_code["odd"]),
            (61, 31, 30)
        );
    }

    #[test]
    fn a_server_that_invents_codes_fills_no_memory() {
        let mut refused = Refused::default();
        for code in 0..10_000 {
            refused.add(refusal(Some(1), &code.to_string()));
        }
        assert_eq!(
            (refused.count, refused.by_code.len(), refused.first.len()),
            (10_000, MAX_CODES + 1, SHOWN)
        );
        assert_eq!(refused.by_code.values().sum::<u64>(), 10_000);
    }
}
