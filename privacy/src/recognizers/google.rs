//! Google's API keys, OAuth tokens and OAuth client secrets.

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
    context_words: &["google", "gcp", "firebase", "maps"],
};

pub(super) const OAUTH: Token = Token {
    types: &[EntityType::GoogleOauthToken],
    triggers: &[Trigger::Literals(&["ya29.", "GOCSPX-"])],
    forms: &[
        Form {
            prefix: "ya29.",
            alphabet: is_base64url,
            body: (30, 2048),
            strength: Strength::Exact,
        },
        Form {
            prefix: "GOCSPX-",
            alphabet: is_base64url,
            body: (28, 28),
            strength: Strength::Exact,
        },
    ],
    check: unchecked,
    context_words: &["google", "gcp", "oauth", "client secret"],
};
