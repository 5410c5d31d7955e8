//! Japan.

use vault_domain::EntityType::JpMyNumber;

use super::{
    super::checksum::{all_same, digit, weighted},
    IdRule,
};
use crate::confidence::{
    Strength::{Hint, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[IdRule::new(
    JpMyNumber,
    &[
        ("9999 9999 9999", Hint),
        ("9999-9999-9999", Weak),
        ("999999999999", Hint),
    ],
    my_number,
    &[
        "マイナンバー",
        "個人番号",
        "my number",
        "mynumber",
        "individual number",
        "kojin bango",
    ],
)];

/// Weights from the right, modulo eleven (総務省令第85号).
fn my_number(code: &[u8]) -> Validity {
    let sum = code
        .get(..11)
        .and_then(|eleven| weighted(eleven, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]));
    let check = code.get(11).and_then(|byte| digit(*byte));
    let expected = sum.map(|sum| if sum % 11 <= 1 { 0 } else { 11 - sum % 11 });
    Validity::plausible(expected.is_some() && expected == check && !all_same(code))
}
