//! npm access tokens, which carry the checksum that GitHub uses too.

use vault_domain::EntityType;

use super::token::{Form, Token, has_base62_crc, is_base62};
use crate::{
    confidence::{Strength, Validity},
    recognizer::Trigger,
};

pub(super) const TOKEN: Token = Token {
    types: &[EntityType::NpmToken],
    triggers: &[Trigger::Literals(&["npm_"])],
    forms: &[Form {
        prefix: "npm_",
        alphabet: is_base62,
        body: (36, 36),
        strength: Strength::Strong,
    }],
    check,
    context_words: &["npm", "registry", "authtoken"],
};

/// Tokens without the checksum are reported too: the registry does not promise it.
fn check(matched: &str) -> Validity {
    if matched.get(4..).is_some_and(has_base62_crc) {
        Validity::Valid
    } else {
        Validity::Unknown
    }
}
