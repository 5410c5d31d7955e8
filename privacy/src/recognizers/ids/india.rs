//! India.

use vault_domain::EntityType::{InAadhaar, InGstin, InPan, InPassport, InVehiclePlate, InVoter};

use super::{
    super::checksum::{all_same, luhn_mod_36, number, verhoeff},
    IdRule, unchecked,
};
use crate::confidence::{
    Strength::{Hint, Medium, Strong, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        InAadhaar,
        &[
            ("9999 9999 9999", Hint),
            ("9999-9999-9999", Weak),
            ("999999999999", Hint),
        ],
        aadhaar,
        &[
            "aadhaar",
            "aadhar",
            "adhaar",
            "uidai",
            "uid",
            "aadhaar number",
            "aadhaar no",
            "आधार",
        ],
    ),
    IdRule::new(
        InPan,
        &[("AAAAA9999A", Medium)],
        pan,
        &[
            "pan",
            "pan card",
            "permanent account",
            "permanent account number",
            "pan number",
            "pan no",
            "income tax",
        ],
    ),
    IdRule::new(
        InGstin,
        &[
            ("99AAAAA9999AXXX", Strong),
            ("99 AAAAA9999A XXX", Medium),
            ("99AAAAA9999A XXX", Medium),
        ],
        gstin,
        &["gstin", "gst", "gst number", "gst no", "goods and services tax"],
    ),
    IdRule::new(
        InVoter,
        &[("AAA9999999", Weak), ("AA/99/999/999999", Medium)],
        unchecked,
        &[
            "voter",
            "voter id",
            "epic",
            "epic no",
            "election",
            "elector",
            "voter card",
        ],
    )
    .with_context(),
    IdRule::new(
        InPassport,
        &[("A9999999", Weak), ("A 9999999", Hint), ("A9 99999", Hint)],
        passport,
        &[
            "passport",
            "indian passport",
            "passport number",
            "passport no",
            "पासपोर्ट",
        ],
    )
    .with_context(),
    IdRule::new(
        InVehiclePlate,
        &[
            ("AA 99 A{1,3} 9999", Medium),
            ("AA99A{1,3}9999", Medium),
            ("AA-99-A{1,3}-9999", Medium),
            ("AA99 A{1,3} 9999", Medium),
            ("AA 99A{1,3} 9999", Medium),
            ("AA-99 A{1,3} 9999", Weak),
            ("AA 9 A{1,3} 9999", Weak),
            ("AA9A{1,3}9999", Weak),
            ("99bh9999A{1,2}", Medium),
            ("99 bh 9999 A{1,2}", Medium),
            ("AA 99 A{1,3}9999", Weak),
            ("AA99A{1,3} 9999", Weak),
            ("AA-99-A{1,3}9999", Weak),
            ("AA99-A{1,3}-9999", Weak),
            ("AA99A{1,3}-9999", Weak),
            ("AA-99A{1,3}-9999", Weak),
        ],
        plate,
        &[
            "vehicle",
            "vehicle number",
            "registration",
            "registration number",
            "number plate",
            "license plate",
            "plate",
            "rto",
            "rc",
            "car",
        ],
    ),
];

/// No leading zero or one, and Verhoeff's digit (UIDAI).
fn aadhaar(code: &[u8]) -> Validity {
    Validity::plausible(matches!(code.first(), Some(b'2'..=b'9')) && verhoeff(code) && !all_same(code))
}

/// The fourth letter says what the holder is, and the number is not zero (Income Tax Department).
fn pan(code: &[u8]) -> Validity {
    let holder = code.get(3).is_some_and(|letter| b"ABCEFGHJKLPT".contains(letter));
    let serial = code.get(5..9).and_then(number).is_some_and(|serial| serial > 0);
    if holder && serial {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

/// A state, the holder's PAN, and a character of Luhn's rule over 36 (GSTN).
fn gstin(code: &[u8]) -> Validity {
    let state = code.get(..2).and_then(number).unwrap_or_default();
    let known = matches!(state, 1..=38 | 97 | 99);
    let holder = code.get(2..12).map(pan) == Some(Validity::Unknown);
    Validity::require(known && holder && luhn_mod_36(code))
}

/// No Q, X or Z first, no zero after it, and none at the end (Passport Seva).
fn passport(code: &[u8]) -> Validity {
    let first = code.first().is_some_and(|letter| !b"QXZ".contains(letter));
    let second = code.get(1) != Some(&b'0');
    if first && second && code.last() != Some(&b'0') {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

/// A state or union territory (Central Motor Vehicles Rules), or the series of Bharat.
fn plate(code: &[u8]) -> Validity {
    const STATES: &str = "AN AP AR AS BR CG CH DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY RJ SK TG TN \
        TR TS UK UA UP WB";
    let known = code.get(2..4) == Some(b"BH")
        || STATES
            .split_ascii_whitespace()
            .any(|state| code.starts_with(state.as_bytes()));
    let zero = code.get(2..4) == Some(b"00") || code.ends_with(b"0000");
    if known && !zero {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}
