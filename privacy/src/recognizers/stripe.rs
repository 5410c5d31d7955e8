//! Stripe secret, restricted and webhook keys; publishable ones are public.

use vault_domain::EntityType;

use super::token::{Form, Token, is_base62, unchecked};
use crate::{confidence::Strength, recognizer::Trigger};

pub(super) const KEY: Token = Token {
    types: &[EntityType::StripeKey],
    triggers: &[Trigger::Literals(&[
        "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_",
    ])],
    forms: &[
        Form {
            prefix: "sk_live_",
            alphabet: is_base62,
            body: (16, 250),
            strength: Strength::Exact,
        },
        Form {
            prefix: "sk_test_",
            alphabet: is_base62,
            body: (16, 250),
            strength: Strength::Exact,
        },
        Form {
            prefix: "rk_live_",
            alphabet: is_base62,
            body: (16, 250),
            strength: Strength::Exact,
        },
        Form {
            prefix: "rk_test_",
            alphabet: is_base62,
            body: (16, 250),
            strength: Strength::Exact,
        },
        Form {
            prefix: "whsec_",
            alphabet: is_base64,
            body: (24, 128),
            strength: Strength::Exact,
        },
    ],
    check: unchecked,
    context_words: &["stripe"],
};

/// Webhook secrets are base64.
fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
