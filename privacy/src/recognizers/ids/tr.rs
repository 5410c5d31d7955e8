//! Türkiye.

use vault_domain::EntityType::TrNationalId;

use super::{
    super::checksum::{digit, weighted},
    IdRule,
};
use crate::confidence::{Strength::Hint, Validity};

pub(super) const RULES: &[IdRule] = &[IdRule::new(
    TrNationalId,
    &[
        ("99999999999", Hint),
        ("999 999 999 99", Hint),
        ("999 9999 9999", Hint),
    ],
    national_id,
    &[
        "tc",
        "t.c",
        "tckn",
        "tc kimlik",
        "kimlik",
        "kimlik no",
        "kimlik numarası",
        "kimlik numarasi",
        "turkish",
        "vatandaşlık",
    ],
)];

/// No leading zero; the tenth digit from odd and even places, the last from the sum (Nüfus ve Vatandaşlık İşleri).
fn national_id(code: &[u8]) -> Validity {
    let odd = code
        .get(..9)
        .and_then(|nine| weighted(nine, &[7, 9, 7, 9, 7, 9, 7, 9, 7]));
    let sum = code.get(..10).and_then(|ten| weighted(ten, &[1; 10]));
    let check = |at: usize| code.get(at).and_then(|byte| digit(*byte));
    // Seven times the odd places less the even ones: minus one is nine modulo ten.
    let tenth = odd.is_some_and(|odd| Some(odd % 10) == check(9));
    let last = sum.is_some_and(|sum| Some(sum % 10) == check(10));
    Validity::require(code.first() != Some(&b'0') && tenth && last)
}
