//! Italy.

use vault_domain::EntityType::{ItDrivingLicence, ItFiscalCode, ItIdCard, ItPassport, ItVat};

use super::{
    super::checksum::{all_same, luhn, number, value},
    IdRule, unchecked,
};
use crate::confidence::{
    Strength::{Hint, Medium, Strong, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        ItFiscalCode,
        &[
            ("AAAAAAXXAXXAXXXA", Strong),
            ("AAA AAA XXAXX AXXXA", Strong),
            ("AAAAAA XXAXX AXXXA", Strong),
        ],
        fiscal_code,
        &[
            "codice fiscale",
            "cod fisc",
            "c.f",
            "cf",
            "fiscal code",
            "tax code",
        ],
    ),
    IdRule::new(
        ItVat,
        &[
            ("it99999999999", Medium),
            ("it 99999999999", Medium),
            ("it-99999999999", Medium),
            ("99999999999", Hint),
        ],
        vat,
        &[
            "partita iva",
            "p.iva",
            "p. iva",
            "piva",
            "p.i",
            "iva",
            "vat",
            "vat number",
            "vat id",
        ],
    ),
    IdRule::new(
        ItIdCard,
        &[
            ("AA99999AA", Weak),
            ("AA9999999", Hint),
            ("9999999AA", Hint),
            ("AA 9999999", Hint),
            ("AA 99999 AA", Weak),
        ],
        unchecked,
        &[
            "carta d'identità",
            "carta d’identità",
            "carta identità",
            "carta d'identita",
            "carta identita",
            "identità",
            "cie",
            "identity card",
            "id card",
            "documento",
        ],
    )
    .with_context(),
    IdRule::new(
        ItPassport,
        &[("AA9999999", Weak), ("AA 9999999", Hint)],
        unchecked,
        &[
            "passaporto",
            "numero passaporto",
            "passaporto n",
            "italian passport",
            "passport",
            "passport number",
            "passport no",
        ],
    )
    .with_context(),
    IdRule::new(
        ItDrivingLicence,
        &[("AA9999999A", Weak), ("u9XXXXXXXA", Weak), ("AA 9999999 A", Hint)],
        unchecked,
        &[
            "patente",
            "patente di guida",
            "numero patente",
            "driving licence",
            "driver license",
            "driver's license",
            "driving license",
        ],
    )
    .with_context(),
];

/// The digit that a character stands for; letters replace digits where two people would have the same code.
fn as_digit(byte: u8) -> Option<u32> {
    const OMOCODIA: &[u8] = b"LMNPQRSTUV";
    let letter = OMOCODIA.iter().position(|letter| *letter == byte);
    char::from(byte)
        .to_digit(10)
        .or(letter.and_then(|at| u32::try_from(at).ok()))
}

/// The values of digits and letters in odd places (DM 23/12/1976).
const ODD: [u32; 26] = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

fn fiscal_code(code: &[u8]) -> Validity {
    let Some((check, payload)) = code.split_last() else {
        return Validity::Invalid;
    };
    let pair = |at: usize| Some(as_digit(*code.get(at)?)? * 10 + as_digit(*code.get(at + 1)?)?);
    let month = code.get(8).is_some_and(|byte| b"ABCDEHLMPRST".contains(byte));
    let day = pair(9).is_some_and(|day| matches!(day, 1..=31 | 41..=71));
    let digits = [6, 7, 12, 13, 14]
        .iter()
        .all(|at| code.get(*at).is_some_and(|byte| as_digit(*byte).is_some()));
    let sum: u32 = payload
        .iter()
        .enumerate()
        .filter_map(|(index, byte)| {
            let ordinal = value(*byte)?;
            let ordinal = if ordinal > 9 { ordinal - 10 } else { ordinal };
            if index % 2 == 0 {
                ODD.get(ordinal as usize).copied()
            } else {
                Some(ordinal)
            }
        })
        .sum();
    let fits = u32::from(check.wrapping_sub(b'A')) == sum % 26;
    Validity::require(month && day && digits && fits)
}

/// Luhn's digit, and the province's office (Agenzia delle Entrate).
fn vat(code: &[u8]) -> Validity {
    let digits = code.strip_prefix(b"IT").unwrap_or(code);
    let office = digits.get(7..10).and_then(number).unwrap_or_default();
    let known = matches!(office, 1..=100 | 120 | 121 | 888 | 999);
    Validity::plausible(known && luhn(digits) && !all_same(digits))
}
