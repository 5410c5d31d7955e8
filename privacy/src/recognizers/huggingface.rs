//! Hugging Face user and organization tokens.

use vault_domain::EntityType;

use super::token::{Form, Token, is_base62, unchecked};
use crate::{confidence::Strength, recognizer::Trigger};

pub(super) const TOKEN: Token = Token {
    types: &[EntityType::HuggingfaceToken],
    triggers: &[Trigger::Literals(&["hf_", "api_org_"])],
    forms: &[
        Form {
            prefix: "hf_",
            alphabet: is_base62,
            body: (30, 40),
            strength: Strength::Exact,
        },
        Form {
            prefix: "api_org_",
            alphabet: is_base62,
            body: (30, 40),
            strength: Strength::Exact,
        },
    ],
    check: unchecked,
    context_words: &[],
};
