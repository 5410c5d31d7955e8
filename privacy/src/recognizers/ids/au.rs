//! Australia.

use vault_domain::EntityType::{AuAbn, AuAcn, AuMedicare, AuTfn};

use super::{
    super::checksum::{all_same, digit, weighted},
    IdRule,
};
use crate::confidence::{
    Strength::{Hint, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        AuAbn,
        &[
            ("99 999 999 999", Hint),
            ("99-999-999-999", Weak),
            ("99999999999", Hint),
        ],
        abn,
        &[
            "abn",
            "australian business",
            "australian business number",
            "business number",
        ],
    ),
    IdRule::new(
        AuAcn,
        &[("999 999 999", Hint), ("999-999-999", Hint), ("999999999", Hint)],
        acn,
        &[
            "acn",
            "australian company",
            "australian company number",
            "company number",
        ],
    ),
    IdRule::new(
        AuTfn,
        &[
            ("999 999 999", Hint),
            ("999-999-999", Hint),
            ("999999999", Hint),
            ("999 999 99", Hint),
            ("99999999", Hint),
        ],
        tfn,
        &["tfn", "tax file", "tax file number", "australian tax"],
    ),
    IdRule::new(
        AuMedicare,
        &[
            ("9999 99999 9", Weak),
            ("9999 99999 9 9", Weak),
            ("9999-99999-9", Weak),
            ("9{10,11}", Hint),
            ("9999 99999 9/9", Weak),
            ("9999999999/9", Weak),
            ("9999999999-9", Weak),
        ],
        medicare,
        &[
            "medicare",
            "medicare card",
            "medicare number",
            "medicare no",
            "irn",
        ],
    ),
];

/// One off the first digit, weights, modulo 89 (Australian Business Register).
fn abn(code: &[u8]) -> Validity {
    let sum = weighted(code, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    let fits = sum.is_some_and(|sum| sum >= 10 && (sum - 10) % 89 == 0);
    Validity::plausible(fits && code.first() != Some(&b'0'))
}

/// Weights eight to one; the digit fills up to ten (ASIC).
fn acn(code: &[u8]) -> Validity {
    let sum = weighted(code, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    Validity::plausible(sum.is_some_and(|sum| sum % 10 == 0) && !all_same(code))
}

/// Weights, modulo eleven; older numbers have eight digits (Australian Taxation Office).
fn tfn(code: &[u8]) -> Validity {
    let sum = match code.len() {
        8 => weighted(code, &[10, 7, 8, 4, 6, 3, 5, 1]),
        _ => weighted(code, &[1, 4, 3, 7, 5, 8, 6, 9, 10]),
    };
    Validity::plausible(sum.is_some_and(|sum| sum % 11 == 0) && !all_same(code))
}

/// A first digit from two to six, and the ninth checks the eight before (Services Australia).
fn medicare(code: &[u8]) -> Validity {
    let sum = code
        .get(..8)
        .and_then(|eight| weighted(eight, &[1, 3, 7, 9, 1, 3, 7, 9]));
    let check = code.get(8).and_then(|byte| digit(*byte));
    let first = matches!(code.first(), Some(b'2'..=b'6'));
    let issue = !matches!(code.get(9), Some(b'0'));
    Validity::plausible(first && issue && sum.is_some_and(|sum| Some(sum % 10) == check))
}
