//! Google API keys: `AIza` and 35 characters.

use vault_domain::EntityType;

use super::token::{Form, Token, is_base64url, unchecked};
use crate::{confidence::Strength, recognizer::Trigger};

pub(super) const KEY: Token = Token {
    types: &[EntityType::GoogleApiKey],
    triggers: &[Trigger::Literals(&["AIza"])],
    forms: &[Form {
        prefix: "AIza",
        alphabet: is_base64url,
        body: (35, 35),
        strength: Strength::Exact,
    }],
    check: unchecked,
    context_words: &[],
};
