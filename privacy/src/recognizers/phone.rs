//! Phone numbers: `+` and a country code anywhere, and the national forms of the configured regions.
//!
//! A candidate must be a number that its numbering plan has assigned, so that a finding is always valid. What its
//! writing says makes the difference: `+49 30 123456` is plainly a phone number, `030 123456` likely one, and
//! `0301234567` or `600 700 800` only if a word beside it says so.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    detector::ConfigError,
    recognizer::{
        Anchor, Candidate, Candidates, ContextNeed, Group, NumberRun, Recognizer, Trigger, ends_word,
    },
};

mod digits;
mod plan;
mod region;
mod writing;

use digits::Digits;
use plan::{NationalPlan, WorldPlan};
pub use region::{Region, UnknownRegion};
use writing::{Form, Writing};

/// The fewest digits of a number that is worth a look.
const MIN_DIGITS: usize = 7;
/// The fewest digits of an international number that its country has not assigned as far as the plan knows.
const MIN_UNASSIGNED_DIGITS: usize = 10;
/// The most digits of an international number (E.164).
const MAX_DIGITS: usize = 15;
/// The most groups that a number is written in: `+33 (0)1 23 45 67 89`.
const MAX_GROUPS: usize = 8;

/// The recognizer, with the plans of its regions.
pub(super) struct Phone {
    world: WorldPlan,
    regions: Vec<NationalPlan>,
}

impl Phone {
    /// Compiles the plans of the regions; those of other countries are compiled when first needed.
    pub(super) fn new(regions: &[Region]) -> Result<Self, ConfigError> {
        let regions = regions
            .iter()
            .filter_map(|region| NationalPlan::new(*region))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            world: WorldPlan::default(),
            regions,
        })
    }
}

impl Recognizer for Phone {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::Phone]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(MIN_DIGITS)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let mut index = 0;
        while index < run.groups.len() {
            match self.number_at(text.as_bytes(), run, index) {
                Some((count, candidate)) => {
                    found.push(candidate);
                    index += count;
                }
                None => index += 1,
            }
        }
    }

    /// What became a candidate is assigned in its plan, except a hint, whose range may be newer than the plan. Of numbers
    /// of other kinds that are written like national ones, every tenth or more is assigned too.
    fn validate(&self, candidate: &Candidate, _: &str) -> Validity {
        match candidate.strength {
            Strength::Hint => Validity::Unknown,
            Strength::Weak | Strength::Medium => Validity::Plausible,
            Strength::Strong | Strength::Exact => Validity::Valid,
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "phone",
            "phones",
            "telephone",
            "tel",
            "mobile",
            "cell",
            "cellphone",
            "call",
            "calls",
            "called",
            "calling",
            "text",
            "sms",
            "whatsapp",
            "fax",
            "dial",
            "ring",
            "reach",
            "reached",
            "contact",
            "hotline",
            "landline",
            "voicemail",
            "phone number",
            "new number",
            "my number",
            "number is",
            "telefon",
            "telefono",
            "teléfono",
            "móvil",
            "handy",
            "anrufen",
            "rufnummer",
            "téléphone",
            "appeler",
            "komórka",
            "cellulare",
            "telefoon",
            "bel",
            "zadzwoń",
            "llamar",
        ]
    }

    /// National forms look like numbers of many other kinds.
    fn yields(&self, candidate: &Candidate) -> bool {
        candidate.strength < Strength::Strong
    }

    fn specificity(&self) -> u8 {
        40
    }
}

impl Phone {
    /// The longest number that starts with this group, and how many groups it takes.
    fn number_at(&self, bytes: &[u8], run: &NumberRun, index: usize) -> Option<(usize, Candidate)> {
        let groups = run.groups.get(index..)?;
        let lead = writing::lead(bytes, *groups.first()?, index > 0)?;
        let mut unassigned = None;
        for count in (1..=groups.len().min(MAX_GROUPS)).rev() {
            let Some(taken) = groups
                .get(..count)
                .filter(|taken| is_complete(bytes, taken, groups))
            else {
                continue;
            };
            let Some(digits) = Digits::read(bytes, taken, lead.form) else {
                continue;
            };
            let judged = match lead.form {
                Form::International if writing::is_decimal(bytes, taken) => None,
                Form::International => self.international(&digits),
                Form::National => self.national(bytes, taken, &digits),
            };
            let Some((strength, context)) = judged else {
                continue;
            };
            let is_national = lead.form == Form::National;
            let range = index..index + count;
            if is_national && writing::is_within_thousands(bytes, &run.groups, &range) {
                continue;
            }
            let is_doubtful = lead.marked || writing::may_be_cells(bytes, &run.groups, &range);
            let context = if is_national && is_doubtful {
                ContextNeed::Required
            } else {
                context
            };
            let end = taken.last()?.end;
            let candidate = Candidate {
                strength,
                context,
                ..Candidate::new(EntityType::Phone, lead.start, end)
            };
            if strength > Strength::Hint {
                return Some((count, candidate));
            }
            unassigned = unassigned.or(Some((count, candidate)));
        }
        unassigned
    }

    fn international(&self, digits: &Digits) -> Option<(Strength, ContextNeed)> {
        if digits.len() < MIN_DIGITS {
            return None;
        }
        if self.world.has(digits.as_str()) {
            return Some((Strength::Strong, ContextNeed::Optional));
        }
        let plausible = digits.len() >= MIN_UNASSIGNED_DIGITS && WorldPlan::has_country(digits.as_str());
        plausible.then_some((Strength::Hint, ContextNeed::Required))
    }

    fn national(&self, bytes: &[u8], groups: &[Group], digits: &Digits) -> Option<(Strength, ContextNeed)> {
        if digits.len() < MIN_DIGITS + 1 || writing::is_other(bytes, groups) {
            return None;
        }
        if let Some(abroad) = digits.as_str().strip_prefix("00") {
            let valid = abroad.len() > MIN_DIGITS && self.world.has(abroad);
            return valid.then_some((Strength::Weak, ContextNeed::Optional));
        }
        let writing = Writing::of(bytes, groups);
        let judged = self
            .regions
            .iter()
            .filter_map(|plan| plan.judge(digits.as_str(), &writing));
        judged.max_by_key(|(strength, context)| (*context == ContextNeed::Optional, *strength))
    }
}

/// Whether the number does not run on: the next group, if any, stands apart by a space or a parenthesis.
fn is_complete(bytes: &[u8], taken: &[Group], groups: &[Group]) -> bool {
    let Some(last) = taken.last() else { return false };
    if !ends_word(bytes, last.end) {
        return false;
    }
    match groups.get(taken.len()) {
        Some(next) => {
            let between = bytes.get(last.end..next.start).unwrap_or_default();
            between.iter().any(|byte| matches!(byte, b' ' | b'(' | 0xc2))
        }
        None => true,
    }
}
