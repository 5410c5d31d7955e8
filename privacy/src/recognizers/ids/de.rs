//! Germany.

use vault_domain::EntityType::{
    DeCommercialRegister, DeHealthInsurance, DeIdCard, DePassport, DeSocialSecurity, DeTaxId, DeVatId,
};

use super::{
    super::checksum::{digit, mod_11_10, number, value},
    IdRule,
    dates::days_of,
    unchecked,
};
use crate::confidence::{
    Strength::{Exact, Hint, Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        DeTaxId,
        &[
            ("99 999 999 999", Hint),
            ("99999999999", Hint),
            ("99/999/999/999", Weak),
        ],
        tax_id,
        &[
            "steuer-id",
            "steuer id",
            "steueridentifikationsnummer",
            "steuerid",
            "idnr",
            "id-nr",
            "identifikationsnummer",
            "steuerliche",
            "steuernummer",
            "tin",
            "tax id",
            "tax identification",
            "tax number",
        ],
    ),
    IdRule::new(
        DeVatId,
        &[
            ("de999999999", Medium),
            ("de 999999999", Medium),
            ("de 999 999 999", Medium),
            ("de-999999999", Medium),
        ],
        vat,
        &[
            "ust-id",
            "ust-idnr",
            "ustid",
            "ust id",
            "umsatzsteuer",
            "umsatzsteuer-id",
            "vat",
            "vat id",
            "vat number",
            "mwst",
        ],
    ),
    IdRule::new(
        DeIdCard,
        &[
            ("AXXXXXXXX9", Weak),
            ("AXXXXXXXX", Hint),
            ("9999999999", Hint),
            ("AXXXXXXXX 9", Hint),
            ("AXXXXXXXX9d", Weak),
        ],
        id_card,
        &[
            "personalausweis",
            "ausweis",
            "ausweisnummer",
            "personalausweisnummer",
            "perso",
            "id card",
            "identity card",
            "ausweis-nr",
            "ausweisnr",
        ],
    )
    .with_context(),
    IdRule::new(
        DePassport,
        &[
            ("AXXXXXXXX9", Weak),
            ("AXXXXXXXX", Hint),
            ("AXXXXXXXX 9", Hint),
            ("AXXXXXXXX9d", Weak),
        ],
        passport,
        &[
            "reisepass",
            "reisepassnummer",
            "passnummer",
            "pass-nr",
            "passport",
            "german passport",
            "passport number",
            "passport no",
            "pass",
        ],
    )
    .with_context(),
    IdRule::new(
        DeSocialSecurity,
        &[
            ("99 999999 A 999", Medium),
            ("99999999A999", Medium),
            ("99 999999A999", Medium),
            ("99-999999-A-999", Medium),
            ("99 99 99 99 A 99 9", Medium),
        ],
        social_security,
        &[
            "sozialversicherungsnummer",
            "rentenversicherungsnummer",
            "sv-nummer",
            "svnr",
            "sv-nr",
            "rvnr",
            "sozialversicherung",
            "rentenversicherung",
            "versicherungsnummer",
            "social security",
        ],
    ),
    IdRule::new(
        DeHealthInsurance,
        &[("A999999999", Weak), ("A 999 999 999", Weak)],
        health_insurance,
        &[
            "krankenversichertennummer",
            "kvnr",
            "krankenversicherung",
            "krankenkasse",
            "versichertennummer",
            "gesundheitskarte",
            "egk",
            "versicherten-nr",
            "health insurance",
        ],
    ),
    IdRule::new(
        DeCommercialRegister,
        &[
            ("hrb 9{1,6}", Exact),
            ("hra 9{1,6}", Exact),
            ("hrb9{2,6}", Exact),
            ("hra9{2,6}", Exact),
            ("hrb 9{1,6} A{1,2}", Exact),
            ("hra 9{1,6} A{1,2}", Exact),
            ("hrb-9{1,6}", Exact),
            ("hra-9{1,6}", Exact),
        ],
        unchecked,
        &[
            "handelsregister",
            "amtsgericht",
            "registergericht",
            "commercial register",
            "registernummer",
            "hrb",
            "hra",
            "hrb nr",
            "hra nr",
        ],
    ),
    IdRule::new(
        DeCommercialRegister,
        &[("9{2,6}", Hint), ("9{2,6} A", Hint)],
        unchecked,
        &[],
    )
    .labelled(),
];

/// No leading zero, one digit twice or thrice and no other, and ISO 7064 (§ 139b AO; KMV).
fn tax_id(code: &[u8]) -> Validity {
    let mut counts = [0_u8; 10];
    for byte in code.iter().take(10) {
        if let Some(count) = digit(*byte).and_then(|value| counts.get_mut(value as usize)) {
            *count += 1;
        }
    }
    let repeated = counts.iter().filter(|count| **count > 1).count();
    let most = counts.iter().max().copied().unwrap_or_default();
    let in_row = code
        .windows(3)
        .take(8)
        .any(|three| three[0] == three[1] && three[1] == three[2]);
    let spread = repeated == 1 && most <= 3 && !in_row;
    Validity::plausible(code.first() != Some(&b'0') && spread && mod_11_10(code))
}

fn vat(code: &[u8]) -> Validity {
    let digits = code.get(2..).unwrap_or_default();
    Validity::plausible(digits.first() != Some(&b'0') && mod_11_10(digits))
}

/// Weights seven, three and one over digits and letters, modulo ten (ICAO 9303).
fn has_icao_digit(code: &[u8]) -> bool {
    let Some((check, payload)) = code.split_last() else {
        return false;
    };
    let sum = payload
        .iter()
        .zip([7, 3, 1].into_iter().cycle())
        .try_fold(0, |sum, (byte, weight)| Some(sum + value(*byte)? * weight));
    sum.is_some_and(|sum| Some(sum % 10) == digit(*check))
}

/// Letters that cannot be taken for others, after the first a digit among them (Personalausweisverordnung).
fn document(code: &[u8], first: &[u8]) -> Validity {
    let code = code.strip_suffix(b"D").unwrap_or(code);
    let known = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte);
    let begins = code.first().is_some_and(|byte| first.contains(byte));
    if !begins || !code.iter().all(known) || !code.iter().any(u8::is_ascii_digit) {
        return Validity::Invalid;
    }
    match code.len() {
        9 => Validity::Unknown,
        10 => Validity::plausible(has_icao_digit(code)),
        _ => Validity::Invalid,
    }
}

/// Since 2010 a letter and eight characters; before, nine digits; then the check digit.
fn id_card(code: &[u8]) -> Validity {
    if code.iter().all(u8::is_ascii_digit) {
        return Validity::plausible(has_icao_digit(code));
    }
    document(code, b"LMNPRTVWXYZ")
}

fn passport(code: &[u8]) -> Validity {
    document(code, b"CFGHJK")
}

/// The insurer's area, the birth date, a letter of the name, a serial and a check digit (VKVV § 4).
fn social_security(code: &[u8]) -> Validity {
    let Some(letter) = code
        .get(8)
        .and_then(|byte| value(*byte))
        .and_then(|value| value.checked_sub(9))
    else {
        return Validity::Invalid;
    };
    let day = code.get(2..4).and_then(number).unwrap_or_default();
    let month = code.get(4..6).and_then(number).unwrap_or_default();
    let digits = code
        .get(..8)
        .into_iter()
        .flatten()
        .chain(code.get(9..11).into_iter().flatten());
    let mut digits: Vec<u32> = digits.filter_map(|byte| digit(*byte)).collect();
    digits.splice(8..8, [letter / 10, letter % 10]);
    let weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let sum: u32 = digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .map(digit_sum)
        .sum();
    let check = code.get(11).and_then(|byte| digit(*byte));
    // A day beyond the month's end tells numbers apart of people born on the same day.
    let born = days_of(month) > 0 && (1..=31 + 30).contains(&day) || day == 0;
    if born && digits.len() == 12 && Some(sum % 10) == check {
        Validity::Valid
    } else {
        Validity::Invalid
    }
}

const fn digit_sum(value: u32) -> u32 {
    value / 10 + value % 10
}

/// A letter as two digits, every second digit doubled, digit sums modulo ten (§ 290 SGB V).
fn health_insurance(code: &[u8]) -> Validity {
    let letter = code
        .first()
        .and_then(|byte| value(*byte))
        .and_then(|value| value.checked_sub(9));
    let (Some(letter), Some(serial)) = (letter, code.get(1..9)) else {
        return Validity::Invalid;
    };
    let mut digits = vec![letter / 10, letter % 10];
    digits.extend(serial.iter().filter_map(|byte| digit(*byte)));
    let sum: u32 = digits
        .iter()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| digit_sum(digit * weight))
        .sum();
    Validity::plausible(digits.len() == 10 && code.get(9).and_then(|byte| digit(*byte)) == Some(sum % 10))
}
