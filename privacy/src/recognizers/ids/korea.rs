//! The Republic of Korea.

use vault_domain::EntityType::{KrBrn, KrDrivingLicence, KrFrn, KrPassport, KrRrn};

use super::{
    super::checksum::{all_same, digit, number, weighted},
    IdRule,
    dates::is_year_first,
    unchecked,
};
use crate::confidence::{
    Strength::{Hint, Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        KrRrn,
        &[
            ("999999-9999999", Medium),
            ("9999999999999", Hint),
            ("999999 9999999", Hint),
        ],
        rrn,
        &[
            "주민등록번호",
            "주민번호",
            "주민등록",
            "rrn",
            "resident registration",
            "resident registration number",
            "korean",
        ],
    ),
    IdRule::new(
        KrFrn,
        &[
            ("999999-9999999", Medium),
            ("9999999999999", Hint),
            ("999999 9999999", Hint),
        ],
        frn,
        &[
            "외국인등록번호",
            "외국인등록",
            "외국인",
            "frn",
            "arc",
            "alien registration",
            "foreigner registration",
            "foreign registration",
        ],
    ),
    IdRule::new(
        KrBrn,
        &[("999-99-99999", Medium), ("9999999999", Hint)],
        brn,
        &[
            "사업자등록번호",
            "사업자번호",
            "사업자",
            "brn",
            "business registration",
            "business registration number",
        ],
    ),
    IdRule::new(
        KrDrivingLicence,
        &[
            ("99-99-999999-99", Medium),
            ("999999999999", Hint),
            ("99 99 999999 99", Weak),
        ],
        licence,
        &[
            "운전면허",
            "운전면허번호",
            "면허번호",
            "면허",
            "driver license",
            "driver's license",
            "driving licence",
            "driving license",
        ],
    ),
    IdRule::new(
        KrPassport,
        &[("A99999999", Hint), ("A999A9999", Weak)],
        passport,
        &[
            "여권",
            "여권번호",
            "korean passport",
            "passport",
            "passport number",
            "passport no",
        ],
    )
    .with_context(),
];

/// Which centuries and sexes, and what the check digit counts down from.
fn registration(code: &[u8], kinds: &[u8], from: u32) -> Validity {
    let born = code.get(..6).is_some_and(is_year_first);
    if !born || !code.get(6).is_some_and(|kind| kinds.contains(kind)) {
        return Validity::Invalid;
    }
    let sum = code
        .get(..12)
        .and_then(|twelve| weighted(twelve, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]));
    let check = code.get(12).and_then(|byte| digit(*byte));
    // Since October 2020 the last digits are random, so that a wrong one refutes nothing.
    match sum {
        Some(sum) if Some((from - sum % 11) % 10) == check => Validity::Plausible,
        _ => Validity::Unknown,
    }
}

fn rrn(code: &[u8]) -> Validity {
    registration(code, b"012349", 11)
}

fn frn(code: &[u8]) -> Validity {
    registration(code, b"5678", 13)
}

/// Weights, and the tens of the ninth product (National Tax Service).
fn brn(code: &[u8]) -> Validity {
    let sum = code
        .get(..9)
        .and_then(|nine| weighted(nine, &[1, 3, 7, 1, 3, 7, 1, 3, 5]));
    let ninth = code.get(8).and_then(|byte| digit(*byte)).unwrap_or_default();
    let check = code.get(9).and_then(|byte| digit(*byte));
    let fits = sum.is_some_and(|sum| Some((10 - (sum + ninth * 5 / 10) % 10) % 10) == check);
    Validity::plausible(fits && !all_same(code) && code.get(..3) > Some(b"100"))
}

/// Eleven to twenty-eight are the police's regions.
fn licence(code: &[u8]) -> Validity {
    let region = code.get(..2).and_then(number).unwrap_or_default();
    if (11..=28).contains(&region) {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

/// The kinds of passport: ordinary, single, residents', official, diplomatic.
fn passport(code: &[u8]) -> Validity {
    match code.first() {
        Some(b'M' | b'S' | b'R' | b'O' | b'D' | b'G' | b'P') => unchecked(code),
        _ => Validity::Invalid,
    }
}
