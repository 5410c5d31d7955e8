//! Twilio API keys and account ids: two letters and 32 hexadecimal digits.

use vault_domain::EntityType;

use super::token::looks_random;
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, ends_word, is_word_byte, starts_word},
};

const HEX_LENGTH: usize = 32;

pub(super) struct Twilio;

impl Recognizer for Twilio {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::TwilioKey]
    }

    /// Two letters are too short for a literal: the first digits within the key wake it.
    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(1)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let bytes = text.as_bytes();
        let Some(first) = run.groups.first() else { return };
        let in_word = first
            .start
            .checked_sub(1)
            .and_then(|at| bytes.get(at))
            .is_some_and(|byte| is_word_byte(*byte));
        if !in_word {
            return;
        }
        let before = bytes.get(..first.start).unwrap_or_default();
        let hex = before
            .iter()
            .rev()
            .take(HEX_LENGTH)
            .take_while(|byte| is_hex(**byte))
            .count();
        let Some(start) = (first.start - hex).checked_sub(2) else {
            return;
        };
        let end = start + 2 + HEX_LENGTH;
        let Some(key) = bytes.get(start..end) else { return };
        let announced = key.starts_with(b"SK") || key.starts_with(b"AC");
        if announced
            && key.iter().skip(2).all(|byte| is_hex(*byte))
            && starts_word(bytes, start)
            && ends_word(bytes, end)
        {
            found.add(EntityType::TwilioKey, start, end, Strength::Strong);
        }
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        if looks_random(matched) {
            Validity::Unknown
        } else {
            Validity::Invalid
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        &["twilio", "account sid", "api key sid"]
    }

    fn specificity(&self) -> u8 {
        88
    }
}

const fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}
