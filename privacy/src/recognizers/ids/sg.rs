//! Singapore.

use vault_domain::EntityType::{SgNric, SgUen};

use super::{
    super::checksum::{digit, number, value, weighted},
    IdRule,
};
use crate::confidence::{
    Strength::{Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        SgNric,
        &[
            ("A9999999A", Medium),
            ("A 9999999 A", Weak),
            ("A-9999999-A", Weak),
        ],
        nric,
        &[
            "nric",
            "fin",
            "nric no",
            "nric number",
            "identity card",
            "singapore",
            "ic number",
            "ic no",
        ],
    ),
    IdRule::new(
        SgUen,
        &[("99999999A", Weak), ("999999999A", Weak), ("A99AA9999A", Medium)],
        uen,
        &[
            "uen",
            "uen number",
            "unique entity",
            "unique entity number",
            "acra",
            "registration no",
            "registration number",
            "company registration",
        ],
    ),
];

/// Weights, an offset by century, and a letter by residence (Immigration & Checkpoints Authority).
fn nric(code: &[u8]) -> Validity {
    let (Some(prefix), Some(digits), Some(check)) = (code.first(), code.get(1..8), code.last()) else {
        return Validity::Invalid;
    };
    let Some(sum) = weighted(digits, &[2, 7, 6, 5, 4, 3, 2]) else {
        return Validity::Invalid;
    };
    let (offset, letters): (u32, &[u8; 11]) = match prefix {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return Validity::Invalid,
    };
    let index = ((sum + offset) % 11) as usize;
    // The letters of series M count from the other end.
    let index = if *prefix == b'M' { 10 - index } else { index };
    let expected = if *prefix == b'M' {
        b"KLJNPQRTUWX".get(index)
    } else {
        letters.get(index)
    };
    Validity::plausible(expected == Some(check))
}

/// Businesses, local companies since their year, and others by their kind, each with a letter modulo eleven (ACRA).
fn uen(code: &[u8]) -> Validity {
    let Some((check, payload)) = code.split_last() else {
        return Validity::Invalid;
    };
    let expected = match (payload.len(), payload.first()) {
        (8, _) => {
            weighted(payload, &[10, 4, 9, 3, 8, 2, 7, 1]).map(|sum| b"XMKECAWLJDB"[(sum % 11) as usize])
        }
        (9, Some(b'0'..=b'9')) => {
            let year = payload.get(..4).and_then(number).unwrap_or_default();
            let sum = weighted(payload, &[10, 8, 6, 4, 9, 7, 5, 3, 1]);
            sum.filter(|_| (1900..=2099).contains(&year))
                .map(|sum| b"ZKCMDNERGWH"[(sum % 11) as usize])
        }
        (9, Some(b'R' | b'S' | b'T')) => other_entity(payload),
        _ => None,
    };
    Validity::plausible(expected == Some(*check))
}

fn other_entity(payload: &[u8]) -> Option<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
    payload
        .get(1..3)?
        .iter()
        .try_for_each(|byte| digit(*byte).map(|_| ()))?;
    let weights = [4, 3, 5, 3, 10, 2, 2, 5, 7];
    let sum = payload.iter().zip(weights).try_fold(0, |sum, (byte, weight)| {
        value(*byte)?;
        let place = ALPHABET.iter().position(|known| known == byte)?;
        Some(sum + u32::try_from(place).ok()? * weight)
    })?;
    ALPHABET.get(((sum + 6) % 11) as usize).copied()
}
