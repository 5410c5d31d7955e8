//! `OpenAI` keys: user, project, service account and admin.

use vault_domain::EntityType;

use super::token::{Form, Token, is_base62, is_base64url};
use crate::{
    confidence::{Strength, Validity},
    recognizer::Trigger,
};

pub(super) const KEY: Token = Token {
    types: &[EntityType::OpenaiKey],
    triggers: &[Trigger::Literals(&["sk-"])],
    forms: &[
        Form {
            prefix: "sk-proj-",
            alphabet: is_base64url,
            body: (40, 200),
            strength: Strength::Exact,
        },
        Form {
            prefix: "sk-svcacct-",
            alphabet: is_base64url,
            body: (40, 200),
            strength: Strength::Exact,
        },
        Form {
            prefix: "sk-admin-",
            alphabet: is_base64url,
            body: (40, 200),
            strength: Strength::Exact,
        },
        Form {
            prefix: "sk-",
            alphabet: is_base62,
            body: (32, 64),
            strength: Strength::Medium,
        },
    ],
    check,
    context_words: &["openai", "api key", "api_key", "chatgpt", "gpt"],
};

/// All but the oldest keys hold the vendor's name in base64.
fn check(matched: &str) -> Validity {
    if matched.contains("T3BlbkFJ") {
        Validity::Valid
    } else {
        Validity::Unknown
    }
}
