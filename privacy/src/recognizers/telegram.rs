//! Tokens of Telegram bots: the bot's number, a colon, 35 characters.

use vault_domain::EntityType;

use super::token::{is_base64url, looks_random};
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

const SECRET_LENGTH: usize = 35;

pub(super) struct Telegram;

impl Recognizer for Telegram {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::TelegramToken]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(8)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let bytes = text.as_bytes();
        // The colon ends the run.
        let Some(number) = run.groups.last().filter(|group| (8..=10).contains(&group.len())) else {
            return;
        };
        if bytes.get(number.end) != Some(&b':') {
            return;
        }
        let secret = bytes.get(number.end + 1..).unwrap_or_default();
        let length = secret
            .iter()
            .take(SECRET_LENGTH + 1)
            .take_while(|byte| is_base64url(**byte))
            .count();
        let before = number.start.checked_sub(1).and_then(|at| bytes.get(at));
        let in_word = before.is_some_and(u8::is_ascii_alphanumeric) && !in_path(bytes, number.start);
        if length == SECRET_LENGTH && !in_word {
            let strength = if secret.starts_with(b"AA") {
                Strength::Exact
            } else {
                Strength::Weak
            };
            found.add(
                EntityType::TelegramToken,
                number.start,
                number.end + 1 + length,
                strength,
            );
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
        &["telegram", "bot", "bot token"]
    }

    fn specificity(&self) -> u8 {
        90
    }
}

/// In the API's addresses the token follows `/bot`.
fn in_path(bytes: &[u8], start: usize) -> bool {
    bytes.get(..start).is_some_and(|before| before.ends_with(b"/bot"))
}
