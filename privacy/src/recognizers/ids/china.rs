//! China.

use vault_domain::EntityType::CnResidentId;

use super::{
    super::checksum::{mod_11_2, number},
    IdRule,
    dates::is_long_date,
};
use crate::confidence::{
    Strength::{Medium, Strong},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[IdRule::new(
    CnResidentId,
    &[
        ("999999999999999999", Medium),
        ("99999999999999999x", Strong),
        ("999999 99999999 9999", Medium),
        ("999999 99999999 999x", Strong),
    ],
    resident_id,
    &[
        "身份证",
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "居民身份证",
        "resident identity",
        "resident id",
        "id card",
        "china",
    ],
)];

/// A province, a birth date, and ISO 7064 (GB 11643).
fn resident_id(code: &[u8]) -> Validity {
    let province = code.get(..2).and_then(number).unwrap_or_default();
    let known =
        matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91);
    Validity::require(known && code.get(6..14).is_some_and(is_long_date) && mod_11_2(code))
}
