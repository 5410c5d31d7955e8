//! Canada.

use vault_domain::EntityType::CaSin;

use super::{
    super::checksum::{all_same, luhn},
    IdRule,
};
use crate::confidence::{
    Strength::{Hint, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[IdRule::new(
    CaSin,
    &[("999-999-999", Weak), ("999 999 999", Hint), ("999999999", Hint)],
    sin,
    &[
        "sin",
        "sin number",
        "social insurance",
        "social insurance number",
        "numéro d'assurance sociale",
        "assurance sociale",
        "nas",
        "canada",
    ],
)];

/// Luhn's digit; eight is no province (Service Canada).
fn sin(code: &[u8]) -> Validity {
    Validity::plausible(luhn(code) && code.first() != Some(&b'8') && !all_same(code))
}
