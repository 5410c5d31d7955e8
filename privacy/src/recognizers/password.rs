//! Passwords beside a word that says so.

use vault_domain::EntityType;

use super::labelled::{Join, Kinds, Value, is_placeholder, value_after};
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

const LABELS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "passcode",
    "passwort",
    "kennwort",
    "contraseña",
    "mot de passe",
    "wachtwoord",
    "hasło",
    "senha",
    "mdp",
];
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=128;

pub(super) struct Password;

impl Recognizer for Password {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::Password]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[
            Trigger::Words(LABELS),
            Trigger::FieldName(&[
                "password",
                "passwd",
                "pwd",
                "passphrase",
                "passcode",
                "passwort",
                "contraseña",
            ]),
        ]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let value = match anchor {
            Anchor::Word { end, .. } => value_after(text, end),
            Anchor::Field if !text.contains(char::is_whitespace) => Some(Value::whole(text)),
            _ => None,
        };
        let Some(value) = value else { return };
        let shown = text.get(value.start..value.end).unwrap_or_default();
        if let Some(strength) = strength(shown, value) {
            found.add(EntityType::Password, value.start, value.end, strength);
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        LABELS
    }

    fn specificity(&self) -> u8 {
        45
    }
}

/// Whether letters change between small and large as they do in no word and in no name of a program: `EvSUBHtixeNk`.
fn is_random(value: &str) -> bool {
    const LEAST_CHANGES: usize = 4;
    let is_change = |pair: &[u8]| {
        pair[0].is_ascii_alphabetic()
            && pair[1].is_ascii_alphabetic()
            && pair[0].is_ascii_lowercase() != pair[1].is_ascii_lowercase()
    };
    let changes = value.as_bytes().windows(2).filter(|pair| is_change(pair)).count();
    // an acronym in a name of a program has three capitals or more, and few changes around it
    let two_capitals = value
        .as_bytes()
        .windows(2)
        .any(|pair| pair.iter().all(u8::is_ascii_uppercase));
    changes >= LEAST_CHANGES && changes * 3 >= value.len() && two_capitals
}

/// How likely this is a password; nothing if it reads like a word of the sentence or of the program.
fn strength(value: &str, told: Value) -> Option<Strength> {
    let is_label =
        LABELS.iter().any(|label| value.to_lowercase().contains(label)) && !Kinds::of(value).digits;
    if !LENGTHS.contains(&value.len())
        || value.contains(char::is_whitespace)
        || value.contains("://")
        || is_placeholder(value)
        || is_label
    {
        return None;
    }
    let kinds = Kinds::of(value);
    let mixed = u8::from(kinds.letters) + u8::from(kinds.digits) + u8::from(kinds.symbols) >= 2;
    match (told.join, told.quoted) {
        (_, true) if mixed => Some(Strength::Strong),
        (Join::Sign, false) if mixed && value.len() >= 6 => Some(Strength::Medium),
        (_, true) if is_random(value) => Some(Strength::Strong),
        (Join::Sign, true) if kinds.letters => Some(Strength::Weak),
        (Join::Sign | Join::Verb, false) if is_random(value) => Some(Strength::Medium),
        (Join::Verb, false) if (mixed && value.len() >= 5) || (kinds.digits && value.len() >= 6) => {
            Some(Strength::Medium)
        }
        _ => None,
    }
}
