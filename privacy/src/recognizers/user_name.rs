//! Names of users beside a word that says so.

use vault_domain::EntityType;

use super::labelled::{Join, Value, is_filler, is_placeholder, value_after};
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

const LABELS: &[&str] = &[
    "username",
    "user name",
    "user_name",
    "user-name",
    "login",
    "login name",
    "userid",
    "user id",
    "user_id",
    "screen name",
    "screen_name",
    "nickname",
    "benutzername",
    "nutzername",
    "nombre de usuario",
    "nom d'utilisateur",
    "nome utente",
    "gebruikersnaam",
    "handle",
];
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=32;

pub(super) struct UserName;

impl Recognizer for UserName {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::UserName]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[
            Trigger::Words(LABELS),
            Trigger::FieldName(&[
                "username",
                "user name",
                "login",
                "screen name",
                "nickname",
                "benutzername",
            ]),
        ]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let value = match anchor {
            Anchor::Word { start, end } => {
                value_after(text, end).filter(|value| !is_piece_of_code(text, start, end, value))
            }
            Anchor::Field => Some(Value::whole(text)),
            _ => None,
        };
        let Some(value) = value else { return };
        let shown = text.get(value.start..value.end).unwrap_or_default();
        let (shown, start) = match shown.strip_prefix('@') {
            Some(name) => (name, value.start + 1),
            None => (shown, value.start),
        };
        if let Some(strength) = strength(shown, value, text.as_bytes()) {
            found.add(EntityType::UserName, start, value.end, strength);
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        LABELS
    }

    fn specificity(&self) -> u8 {
        35
    }
}

/// Whether a program takes the value from elsewhere, or a sentence goes on after a colon.
fn is_piece_of_code(text: &str, start: usize, end: usize, value: &Value) -> bool {
    let label = text.get(start..end).unwrap_or_default();
    let named = label.contains('_') || text.as_bytes().get(end) == Some(&b'"');
    let assigned = text
        .get(..value.start)
        .is_some_and(|before| before.trim_end().ends_with('='));
    let shown = text.get(value.start..value.end).unwrap_or_default();
    let wordy = matches!(label.to_ascii_lowercase().as_str(), "login" | "handle")
        && shown.bytes().all(|byte| byte.is_ascii_alphabetic());
    !value.quoted && (wordy || ((named || assigned) && is_placeholder(shown)))
}

/// How likely this is a name; nothing if it reads like a word of the sentence or of the program.
fn strength(value: &str, told: Value, text: &[u8]) -> Option<Strength> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let letters = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    if !LENGTHS.contains(&value.len()) || !letters || !value.bytes().all(is_name) || is_filler(value) {
        return None;
    }
    // A name in a program goes on as a program does.
    let code_follows = matches!(
        text.get(told.end),
        Some(b'(' | b',' | b';' | b'<' | b'[' | b')' | b'{')
    );
    let digits = value.bytes().any(|byte| byte.is_ascii_digit());
    match (told.join, told.quoted) {
        (_, true) => Some(Strength::Medium),
        (_, false) if digits => Some(Strength::Medium),
        (Join::Sign, false) if !code_follows && value.bytes().all(|byte| !byte.is_ascii_uppercase()) => {
            Some(Strength::Weak)
        }
        _ => None,
    }
}
