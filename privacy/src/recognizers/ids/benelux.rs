//! Belgium and the Netherlands.

use vault_domain::EntityType::{BeNrn, NlBsn};

use super::{
    super::checksum::{all_same, number, remainder_of_decimal, weighted},
    IdRule,
};
use crate::confidence::{
    Strength::{Hint, Strong, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        NlBsn,
        &[
            ("999999999", Hint),
            ("9999.99.999", Weak),
            ("9999 99 999", Hint),
            ("999-999-999", Hint),
            ("999.999.999", Hint),
            ("99999999", Hint),
            ("999 999 999", Hint),
        ],
        bsn,
        &[
            "bsn",
            "burgerservicenummer",
            "burger service nummer",
            "sofinummer",
            "sofi-nummer",
            "sofi",
            "persoonsnummer",
            "citizen service",
        ],
    ),
    IdRule::new(
        BeNrn,
        &[
            ("99.99.99-999.99", Strong),
            ("99 99 99 999 99", Weak),
            ("99.99.99.999.99", Strong),
            ("99999999999", Hint),
            ("999999-999-99", Weak),
            ("999999 999 99", Hint),
            ("99-99-99-999-99", Strong),
        ],
        nrn,
        &[
            "rijksregister",
            "rijksregisternummer",
            "registre national",
            "numéro de registre national",
            "numéro national",
            "nrn",
            "rijksregisternr",
            "rijksregister nr",
            "belgian id",
            "insz",
            "niss",
            "national register",
            "national number",
            "nationaal nummer",
            "eid",
        ],
    ),
];

/// The eleven-proof, its last weight minus one (Rijksdienst voor Identiteitsgegevens).
fn bsn(code: &[u8]) -> Validity {
    let padded = if code.len() == 8 {
        [b"0", code].concat()
    } else {
        code.to_vec()
    };
    let sum = weighted(&padded, &[9, 8, 7, 6, 5, 4, 3, 2, 10]);
    Validity::plausible(sum.is_some_and(|sum| sum % 11 == 0) && !all_same(code))
}

/// 97 less what is left modulo 97, since 2000 with a two before the number (Rijksregister).
fn nrn(code: &[u8]) -> Validity {
    let (Some(payload), Some(check)) = (code.get(..9), code.get(9..).and_then(number)) else {
        return Validity::Invalid;
    };
    let month = payload.get(2..4).and_then(number).unwrap_or(99);
    let day = payload.get(4..6).and_then(number).unwrap_or(99);
    // Unknown dates are zeros; months of bis numbers are 20 or 40 higher.
    let dated = matches!(month, 0..=12 | 20..=32 | 40..=52) && day <= 31;
    let fits = |digits: &[u8]| remainder_of_decimal(digits, 97).is_some_and(|left| 97 - left == check);
    let valid = dated && (fits(payload) || fits(&[b"2", payload].concat()));
    // Bare digits pass by chance too often.
    if valid { Validity::Valid } else { Validity::Invalid }
}
