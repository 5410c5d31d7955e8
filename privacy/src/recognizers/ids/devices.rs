//! Vehicles and mobile devices.

use vault_domain::EntityType::{Imei, Vin};

use super::{
    super::checksum::{all_same, luhn, number},
    IdRule,
};
use crate::confidence::{
    Strength::{Hint, Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        Vin,
        &[("XXXXXXXXXXXXXXXXX", Weak)],
        vin,
        &[
            "vin",
            "vehicle identification",
            "vehicle identification number",
            "chassis",
            "chassis number",
            "fahrgestellnummer",
            "fin",
            "vehicle",
            "car",
        ],
    ),
    IdRule::new(
        Imei,
        &[
            ("999999999999999", Hint),
            ("99-999999-999999-9", Medium),
            ("99 999999 999999 9", Weak),
            ("999999-99-999999-9", Medium),
            ("999999 99 999999 9", Weak),
            ("99-999999-9999999", Weak),
        ],
        imei,
        &["imei", "imei number", "device", "handset", "serial", "*#06#"],
    ),
];

/// No I, O or Q; a check character in the ninth place, which Europe does not keep to (ISO 3779, 49 CFR 565).
fn vin(code: &[u8]) -> Validity {
    let letters = code.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let serial = code.get(13..).unwrap_or_default().iter().all(u8::is_ascii_digit);
    if code.iter().any(|byte| b"IOQ".contains(byte)) || letters < 2 || !serial || letters == code.len() {
        return Validity::Invalid;
    }
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = code
        .iter()
        .zip(weights)
        .map(|(byte, weight)| transliterated(*byte) * weight)
        .sum();
    let expected = match sum % 11 {
        10 => b'X',
        left => b"0123456789"[left as usize],
    };
    if code.get(8) == Some(&expected) {
        Validity::Plausible
    } else {
        Validity::Unknown
    }
}

/// What a character counts.
const fn transliterated(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (byte - b'0') as u32,
        b'A'..=b'H' => (byte - b'A') as u32 + 1,
        b'J'..=b'N' => (byte - b'J') as u32 + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => (byte - b'S') as u32 + 2,
        _ => 0,
    }
}

/// A body that reports types, and Luhn's digit (3GPP TS 23.003, GSMA TS.06).
fn imei(code: &[u8]) -> Validity {
    let body = code.get(..2).and_then(number).unwrap_or_default();
    let known = matches!(
        body,
        1 | 10 | 30 | 33 | 35 | 44 | 45 | 49..=54 | 86 | 91 | 98 | 99
    );
    Validity::plausible(known && luhn(code) && !all_same(code))
}
