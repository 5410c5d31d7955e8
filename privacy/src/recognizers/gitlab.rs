//! GitLab tokens, with and without routing.

use vault_domain::EntityType;

use super::token::{Form, Token, unchecked};
use crate::{confidence::Strength, recognizer::Trigger};

pub(super) const TOKEN: Token = Token {
    types: &[EntityType::GitlabToken],
    triggers: &[Trigger::Literals(&[
        "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-", "gloas-",
    ])],
    forms: &[
        Form {
            prefix: "glpat-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "gldt-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "glrt-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "glcbt-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "glptt-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "glft-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "glsoat-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "glagent-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
        Form {
            prefix: "gloas-",
            alphabet: is_routable,
            body: (20, 300),
            strength: Strength::Exact,
        },
    ],
    check: unchecked,
    context_words: &["gitlab", "token"],
};

/// Routable tokens have dots between their parts.
fn is_routable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}
