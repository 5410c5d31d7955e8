//! France.

use vault_domain::EntityType::FrNir;

use super::{
    super::checksum::{number, remainder_of_decimal},
    IdRule,
};
use crate::confidence::{
    Strength::{Medium, Strong, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[IdRule::new(
    FrNir,
    &[
        ("9 99 99 9X 999 999 99", Strong),
        ("9-99-99-9X-999-999-99", Strong),
        ("9.99.99.9X.999.999.99", Strong),
        ("999999X99999999", Weak),
        ("9999999999999 99", Medium),
        ("999999X999999 99", Medium),
        ("9 99 99 9X 999 999/99", Strong),
    ],
    nir,
    &[
        "nir",
        "insee",
        "sécurité sociale",
        "securite sociale",
        "sécu",
        "numéro de sécurité sociale",
        "carte vitale",
        "assuré",
        "social security",
        "n° ss",
    ],
)];

/// Sex, month and department, and 97 less what is left modulo 97; Corsica's letters stand for numbers (INSEE).
fn nir(code: &[u8]) -> Validity {
    let (Some(payload), Some(key)) = (code.get(..13), code.get(13..).and_then(number)) else {
        return Validity::Invalid;
    };
    let mut digits = payload.to_vec();
    let corsica = match payload.get(5..7) {
        Some(b"2A") => Some(b"19"),
        Some(b"2B") => Some(b"18"),
        _ => None,
    };
    if let Some(stands_for) = corsica {
        digits.splice(5..7, stands_for.iter().copied());
    }
    let month = payload.get(3..5).and_then(number).unwrap_or_default();
    let known = matches!(payload.first(), Some(b'1'..=b'4' | b'7' | b'8'))
        && matches!(month, 1..=12 | 20..=42 | 50..=99);
    let left = remainder_of_decimal(&digits, 97);
    Validity::require(known && left.is_some_and(|left| 97 - left == key))
}
