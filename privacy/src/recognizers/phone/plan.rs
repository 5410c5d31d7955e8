//! Numbering plans, from the metadata of the crate `phonenumber`.
//!
//! Its own parser shares one small cache of regular expressions behind a lock, and compiles them again and again when
//! several regions are tried. Here each plan is one expression, compiled once.

use std::sync::OnceLock;

use phonenumber::{Metadata, metadata::DATABASE};
use regex::{Regex, RegexBuilder};

use super::{Region, writing::Writing};
use crate::{confidence::Strength, recognizer::ContextNeed};

/// Country codes have at most three digits.
const COUNTRY_CODES: usize = 1000;
/// Shorter national numbers look too much like ranges of times or of rows.
const MIN_WRITTEN_DIGITS: usize = 9;
/// The code of North America, where area codes tell the countries apart.
const NORTH_AMERICA: u16 = 1;

/// One region's plan for numbers without a country code.
pub(super) struct NationalPlan {
    assigned: Regex,
    /// What is dialled before the number within the country, if anything.
    trunk: Option<&'static str>,
    country_code: u16,
}

impl NationalPlan {
    /// The plan of a region; nothing if it has none.
    pub(super) fn new(region: Region) -> Option<Result<Self, regex::Error>> {
        let metadata = DATABASE.by_id(region.as_str())?;
        // Within North America the countries dial each other like their own.
        let assigned = match metadata.country_code() {
            NORTH_AMERICA => assigned(&DATABASE.by_code(&NORTH_AMERICA)?),
            _ => assigned(&[metadata]),
        };
        Some(assigned.map(|assigned| Self {
            assigned,
            trunk: metadata.national_prefix(),
            country_code: metadata.country_code(),
        }))
    }

    /// What these digits, written so, are worth in this plan.
    pub(super) fn judge(&self, digits: &str, writing: &Writing) -> Option<(Strength, ContextNeed)> {
        let stripped = self.trunk.and_then(|trunk| digits.strip_prefix(trunk));
        if self.country_code == NORTH_AMERICA {
            return self.judge_north_american(stripped.unwrap_or(digits), writing);
        }
        let national = match self.trunk {
            Some(_) => stripped?,
            None => digits,
        };
        if !self.assigned.is_match(national) {
            return None;
        }
        let dialled_as_written = self.trunk.is_some() || digits.starts_with('0');
        if writing.group_count > 1 && dialled_as_written && digits.len() >= MIN_WRITTEN_DIGITS {
            return Some((Strength::Medium, ContextNeed::Optional));
        }
        let usual_groups = matches!(
            writing.lengths,
            [_, 0, ..] | [3, 3, 3 | 4, 0, 0] | [2, 3, 2, 2, 0] | [3, 2, 2, 2, 0] | [3, 6 | 7, 0, ..]
        ) || dialled_as_written;
        (usual_groups && digits.len() >= MIN_WRITTEN_DIGITS)
            .then_some((Strength::Weak, ContextNeed::Required))
    }

    /// Three, three and four digits, perhaps after a one.
    fn judge_north_american(&self, national: &str, writing: &Writing) -> Option<(Strength, ContextNeed)> {
        if national.len() != 10 || !looks_north_american(national) {
            return None;
        }
        let assigned = self.assigned.is_match(national);
        match (writing.lengths, writing.punctuated) {
            ([3, 3, 4, 0, 0] | [1, 3, 3, 4, 0], _) if !assigned => {
                Some((Strength::Hint, ContextNeed::Required))
            }
            ([3, 3, 4, 0, 0] | [1, 3, 3, 4, 0], true) => Some((Strength::Medium, ContextNeed::Optional)),
            ([3, 3, 4, 0, 0] | [1, 3, 3, 4, 0], false) => Some((Strength::Weak, ContextNeed::Optional)),
            ([10 | 11, 0, ..] | [3, 7, 0, ..] | [6, 4, 0, ..], _) if assigned => {
                Some((Strength::Weak, ContextNeed::Required))
            }
            _ => None,
        }
    }
}

/// Neither the area code nor the exchange starts with zero or one.
fn looks_north_american(national: &str) -> bool {
    [0, 3].iter().all(|at| {
        national
            .as_bytes()
            .get(*at)
            .is_some_and(|digit| (b'2'..=b'9').contains(digit))
    })
}

/// The plans of all countries, compiled when a number first asks for one.
pub(super) struct WorldPlan {
    by_code: Vec<OnceLock<Option<Regex>>>,
}

impl Default for WorldPlan {
    fn default() -> Self {
        Self {
            by_code: std::iter::repeat_with(OnceLock::new)
                .take(COUNTRY_CODES)
                .collect(),
        }
    }
}

impl WorldPlan {
    /// Whether the digits, which start with a country code, are assigned there.
    pub(super) fn has(&self, digits: &str) -> bool {
        // No country code starts with another one.
        (1..=3).any(|length| {
            let Some((code, national)) = digits.split_at_checked(length) else {
                return false;
            };
            code.parse()
                .is_ok_and(|code| self.plan(code).is_some_and(|plan| plan.is_match(national)))
        })
    }

    /// Whether the digits start with the code of a country.
    pub(super) fn has_country(digits: &str) -> bool {
        let code = |length: usize| digits.get(..length).and_then(|code| code.parse::<u16>().ok());
        (1..=3)
            .filter_map(code)
            .any(|code| DATABASE.region(&code).is_some())
    }

    fn plan(&self, code: u16) -> Option<&Regex> {
        let compile = || assigned(&DATABASE.by_code(&code)?).ok();
        self.by_code.get(usize::from(code))?.get_or_init(compile).as_ref()
    }
}

/// One expression for every number that the regions have assigned.
fn assigned(regions: &[&Metadata]) -> Result<Regex, regex::Error> {
    let patterns: Vec<&str> = regions
        .iter()
        .map(|metadata| metadata.descriptors())
        .flat_map(|kinds| {
            [
                kinds.fixed_line(),
                kinds.mobile(),
                kinds.toll_free(),
                kinds.premium_rate(),
                kinds.shared_cost(),
                kinds.personal_number(),
                kinds.voip(),
                kinds.pager(),
                kinds.uan(),
            ]
        })
        .flatten()
        .map(|kind| kind.national_number().as_str())
        .collect();
    RegexBuilder::new(&format!("^(?:{})$", patterns.join("|")))
        .ignore_whitespace(true)
        .unicode(false)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_compiles_and_knows_its_own_examples() {
        let world = WorldPlan::default();
        for metadata in DATABASE.iter() {
            assert!(world.plan(metadata.country_code()).is_some(), "{}", metadata.id());
            let kinds = [
                metadata.descriptors().fixed_line(),
                metadata.descriptors().mobile(),
            ];
            for example in kinds.into_iter().flatten().filter_map(|kind| kind.example()) {
                assert!(
                    world.has(&format!("{}{example}", metadata.country_code())),
                    "{}",
                    metadata.id()
                );
            }
        }
    }

    #[test]
    fn unassigned_numbers_and_codes_are_none() {
        let world = WorldPlan::default();
        for digits in [
            "",
            "1",
            "12",
            "15551234567",
            "9991234567",
            "0123456789",
            "49",
            "441",
        ] {
            assert!(!world.has(digits), "{digits}");
        }
    }
}
