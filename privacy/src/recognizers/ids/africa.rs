//! Nigeria and South Africa.

use vault_domain::EntityType::{NgNin, ZaId};

use super::{
    super::checksum::{all_same, luhn},
    IdRule,
    dates::is_year_first,
};
use crate::confidence::{Strength::Hint, Validity};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        NgNin,
        &[
            ("99999999999", Hint),
            ("9999 999 9999", Hint),
            ("999 9999 9999", Hint),
            ("9999-999-9999", Hint),
        ],
        nin,
        &[
            "nin",
            "nimc",
            "national identification number",
            "nigerian",
            "nigeria",
            "national identity number",
        ],
    )
    .with_context(),
    IdRule::new(
        ZaId,
        &[
            ("9999999999999", Hint),
            ("999999 9999 999", Hint),
            ("999999 9999 99 9", Hint),
            ("999999-9999-999", Hint),
        ],
        za_id,
        &[
            "south african",
            "south africa",
            "sa id",
            "rsa id",
            "za id",
            "id nommer",
            "identity number",
            "id number",
            "id no",
            "identity document",
        ],
    ),
];

fn nin(code: &[u8]) -> Validity {
    if all_same(code) {
        Validity::Invalid
    } else {
        Validity::Unknown
    }
}

/// A birth date, citizenship, and Luhn's digit (Department of Home Affairs).
fn za_id(code: &[u8]) -> Validity {
    let born = code.get(..6).is_some_and(is_year_first);
    Validity::require(born && matches!(code.get(10), Some(b'0'..=b'2')) && luhn(code))
}
