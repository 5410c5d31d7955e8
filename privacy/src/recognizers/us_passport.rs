//! United States passport numbers: nine digits, or a letter and eight digits; never without a word of context.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, ends_word, starts_word},
};

pub(super) struct UsPassport;

impl Recognizer for UsPassport {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::UsPassport]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(8)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let bytes = text.as_bytes();
        for group in &run.groups {
            let start = match group.len() {
                9 => group.start,
                8 => group.start.saturating_sub(1),
                _ => continue,
            };
            let lettered = bytes.get(start).is_some_and(u8::is_ascii_alphabetic);
            if (group.len() == 9 || lettered) && starts_word(bytes, start) && ends_word(bytes, group.end) {
                found.add_with_context(EntityType::UsPassport, start, group.end, Strength::Weak);
            }
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "passport",
            "passports",
            "passport number",
            "passport no",
            "travel document",
        ]
    }

    fn specificity(&self) -> u8 {
        72
    }
}
