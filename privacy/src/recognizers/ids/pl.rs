//! Poland.

use vault_domain::EntityType::PlPesel;

use super::{
    super::checksum::{number, weighted},
    IdRule,
    dates::days_of,
};
use crate::confidence::{Strength::Hint, Validity};

pub(super) const RULES: &[IdRule] = &[IdRule::new(
    PlPesel,
    &[
        ("99999999999", Hint),
        ("999999 99999", Hint),
        ("999999-99999", Hint),
    ],
    pesel,
    &["pesel", "numer pesel", "nr pesel", "ewidencyjny", "polish id"],
)];

/// The birth date, its century in the month, and weights modulo ten (Ustawa o ewidencji ludności).
fn pesel(code: &[u8]) -> Validity {
    let month = code.get(2..4).and_then(number).unwrap_or_default();
    let day = code.get(4..6).and_then(number).unwrap_or_default();
    let born = (1..=days_of(month % 20)).contains(&day);
    let sum = weighted(code, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    Validity::plausible(born && sum.is_some_and(|sum| sum % 10 == 0))
}
