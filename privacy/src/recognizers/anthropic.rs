//! Anthropic API, admin and OAuth keys: `sk-ant-api03-...`.

use vault_domain::EntityType;

use super::token::{Form, Token, is_base64url, unchecked};
use crate::{confidence::Strength, recognizer::Trigger};

pub(super) const KEY: Token = Token {
    types: &[EntityType::AnthropicKey],
    triggers: &[Trigger::Literals(&["sk-ant-"])],
    forms: &[Form {
        prefix: "sk-ant-",
        alphabet: is_base64url,
        body: (32, 200),
        strength: Strength::Exact,
    }],
    check: unchecked,
    context_words: &[],
};
