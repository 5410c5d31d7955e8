//! `SendGrid` keys: `SG.`, 22 characters, a dot, 43 characters.

use vault_domain::EntityType;

use super::token::{Form, Token};
use crate::{
    confidence::{Strength, Validity},
    recognizer::Trigger,
};

pub(super) const KEY: Token = Token {
    types: &[EntityType::SendgridKey],
    triggers: &[Trigger::Literals(&["SG."])],
    forms: &[Form {
        prefix: "SG.",
        alphabet: is_key_byte,
        body: (66, 66),
        strength: Strength::Exact,
    }],
    check,
    context_words: &["sendgrid"],
};

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// The one dot stands after the key's id.
fn check(matched: &str) -> Validity {
    let dots: Vec<_> = matched.match_indices('.').map(|(at, _)| at).collect();
    if dots == [2, 25] {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}
