//! `PyPI` upload tokens: a macaroon whose first bytes name the site.

use vault_domain::EntityType;

use super::token::{Form, Token, is_base64url, unchecked};
use crate::{confidence::Strength, recognizer::Trigger};

pub(super) const TOKEN: Token = Token {
    types: &[EntityType::PypiToken],
    triggers: &[Trigger::Literals(&[
        "pypi-AgEIcHlwaS5vcmc",
        "pypi-AgENdGVzdC5weXBpLm9yZw",
    ])],
    forms: &[
        Form {
            prefix: "pypi-AgEIcHlwaS5vcmc",
            alphabet: is_base64url,
            body: (50, 1000),
            strength: Strength::Exact,
        },
        Form {
            prefix: "pypi-AgENdGVzdC5weXBpLm9yZw",
            alphabet: is_base64url,
            body: (50, 1000),
            strength: Strength::Exact,
        },
    ],
    check: unchecked,
    context_words: &[],
};
