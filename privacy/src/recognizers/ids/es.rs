//! Spain.

use vault_domain::EntityType::{EsNie, EsNif};

use super::{super::checksum::number, IdRule};
use crate::confidence::{
    Strength::{Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        EsNif,
        &[
            ("99999999A", Weak),
            ("99999999-A", Medium),
            ("99999999 A", Weak),
            ("99.999.999-A", Medium),
            ("99.999.999 A", Medium),
            ("99 999 999 A", Weak),
            ("99.999.999A", Medium),
            ("A9999999A", Weak),
            ("9999999A", Weak),
            ("9999999-A", Weak),
        ],
        nif,
        &[
            "nif",
            "dni",
            "documento nacional de identidad",
            "documento nacional",
            "identidad",
            "número de identificación fiscal",
            "identificación fiscal",
        ],
    ),
    IdRule::new(
        EsNie,
        &[
            ("A9999999A", Medium),
            ("A-9999999-A", Medium),
            ("A9999999-A", Medium),
            ("A 9999999 A", Medium),
            ("A-9999999A", Medium),
            ("A-9.999.999-A", Medium),
        ],
        nie,
        &[
            "nie",
            "extranjero",
            "identidad de extranjero",
            "número de extranjero",
            "tarjeta de residencia",
            "tie",
        ],
    ),
];

/// The letter that the number's remainder modulo 23 picks (Ministerio del Interior).
fn letter(number: u32) -> u8 {
    b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize]
}

/// Eight digits and their letter; K, L and M stand before seven digits of those without a card.
fn nif(code: &[u8]) -> Validity {
    let Some((check, rest)) = code.split_last() else {
        return Validity::Invalid;
    };
    let digits = match rest {
        [b'K' | b'L' | b'M', digits @ ..] => digits,
        _ => rest,
    };
    Validity::plausible(number(digits).is_some_and(|number| number > 0 && letter(number) == *check))
}

/// X, Y and Z stand for zero, one and two.
fn nie(code: &[u8]) -> Validity {
    let Some((check, [prefix @ b'X'..=b'Z', digits @ ..])) = code.split_last() else {
        return Validity::Invalid;
    };
    let lead = u32::from(prefix - b'X') * 10_000_000;
    Validity::plausible(number(digits).is_some_and(|number| letter(lead + number) == *check))
}
