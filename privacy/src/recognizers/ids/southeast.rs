//! The Philippines and Thailand.

use vault_domain::EntityType::{PhTin, ThTnin};

use super::{
    super::checksum::{all_same, digit, weighted},
    IdRule, unchecked,
};
use crate::confidence::{
    Strength::{Hint, Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        PhTin,
        &[
            ("999-999-999", Weak),
            ("999-999-999-999", Weak),
            ("999-999-999-99999", Weak),
            ("999 999 999 999", Hint),
            ("999999999", Hint),
            ("999999999999", Hint),
            ("999 999 999", Hint),
        ],
        unchecked,
        &[
            "tin",
            "tin no",
            "taxpayer identification",
            "bir",
            "tax identification number",
            "philippine",
        ],
    )
    .with_context(),
    IdRule::new(
        ThTnin,
        &[
            ("9-9999-99999-99-9", Medium),
            ("9999999999999", Hint),
            ("9 9999 99999 99 9", Medium),
            ("9 9999 99999 999", Weak),
        ],
        tnin,
        &[
            "ประชาชน",
            "บัตรประชาชน",
            "เลขบัตรประชาชน",
            "เลขประจำตัว",
            "thai id",
            "thai national",
            "national id",
            "citizen id",
            "tnin",
        ],
    ),
];

/// A kind of person, weights thirteen to two, modulo eleven (กรมการปกครอง).
fn tnin(code: &[u8]) -> Validity {
    let sum = code
        .get(..12)
        .and_then(|twelve| weighted(twelve, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let check = code.get(12).and_then(|byte| digit(*byte));
    let fits = sum.is_some_and(|sum| Some((11 - sum % 11) % 10) == check);
    Validity::plausible(fits && matches!(code.first(), Some(b'1'..=b'8')) && !all_same(code))
}
