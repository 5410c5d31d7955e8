//! The United States.

use vault_domain::EntityType::{UsAbaRouting, UsBankAccount, UsDea, UsDrivingLicence, UsItin, UsMbi, UsNpi};

use super::{
    super::checksum::{luhn, number, weighted},
    IdRule, unchecked,
};
use crate::confidence::{
    Strength::{Hint, Medium, Strong, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        UsItin,
        &[
            ("999-99-9999", Medium),
            ("999 99 9999", Hint),
            ("999999999", Hint),
        ],
        itin,
        &[
            "itin",
            "taxpayer",
            "taxpayer id",
            "taxpayer identification",
            "individual taxpayer",
            "tax id",
            "tin",
            "w-7",
        ],
    ),
    IdRule::new(
        UsAbaRouting,
        &[("999999999", Hint), ("9999-9999-9", Weak)],
        routing,
        &[
            "aba",
            "routing",
            "routing number",
            "routing no",
            "rtn",
            "aba number",
            "transit number",
            "fedwire",
            "ach",
        ],
    ),
    IdRule::new(
        UsBankAccount,
        &[
            ("9{6,17}", Hint),
            ("9{3,4}-9{4,9}", Hint),
            ("9{4} 9{4} 9{2,4}", Hint),
        ],
        unchecked,
        &[
            "account number",
            "account no",
            "account num",
            "account #",
            "acct number",
            "acct no",
            "acct",
            "acct #",
            "bank account",
            "checking account",
            "savings account",
            "checking",
            "savings",
            "account",
        ],
    )
    .labelled(),
    IdRule::new(
        UsNpi,
        &[
            ("9999999999", Hint),
            ("9999-999-999", Hint),
            ("9999 999 999", Hint),
        ],
        npi,
        &[
            "npi",
            "national provider",
            "provider identifier",
            "provider number",
            "provider id",
            "prescriber",
            "physician",
        ],
    ),
    IdRule::new(
        UsDea,
        &[
            ("AA9999999", Weak),
            ("A99999999", Weak),
            ("AA 9999999", Hint),
            ("AA-9999999", Hint),
        ],
        dea,
        &[
            "dea",
            "dea number",
            "dea no",
            "dea registration",
            "prescriber",
            "drug enforcement",
        ],
    ),
    IdRule::new(
        UsMbi,
        &[
            ("9AX9-AX9-AA99", Strong),
            ("9AX9 AX9 AA99", Medium),
            ("9AX9AX9AA99", Medium),
        ],
        mbi,
        &[
            "mbi",
            "medicare",
            "medicare id",
            "medicare number",
            "beneficiary",
            "medicare beneficiary",
            "hicn",
        ],
    ),
    IdRule::new(
        UsDrivingLicence,
        &[
            ("9{7,10}", Hint),
            ("9{12}", Hint),
            ("99-999-9999", Weak),
            ("999-999-999", Hint),
            ("999 999 999", Hint),
            ("A9{4,9}", Weak),
            ("A9{11,14}", Weak),
            ("AA9{5,7}", Weak),
            ("9{2,3}AA9{4,5}", Weak),
            ("AAA9{6}", Weak),
            ("A999-9999-9999", Weak),
            ("A999-999-99-999-9", Weak),
            ("A999-9999-9999-99", Weak),
            ("A99-99-9999", Weak),
            ("A999 999 999 999", Weak),
            ("A9999 99999 99999", Weak),
            ("A9999-99999-99999", Weak),
            ("9A9{7,8}", Weak),
            ("9{8}A", Weak),
            ("A9{6}A", Weak),
            ("AAAXX99999XX", Weak),
            ("AXXXXXX999XX", Weak),
        ],
        unchecked,
        &[
            "driver license",
            "driver's license",
            "drivers license",
            "driver licence",
            "driving license",
            "driver’s license",
            "driver license number",
            "drivers license number",
            "driver's license number",
            "driver's lic",
            "drivers lic",
            "dl",
            "dl number",
            "dl no",
            "dln",
            "dl#",
            "dmv",
            "operator license",
            "license number",
            "state id",
        ],
    )
    .labelled(),
];

/// Nine, and in the middle a group that the tax office gives out.
fn itin(code: &[u8]) -> Validity {
    let group = code.get(3..5).and_then(number).unwrap_or_default();
    let serial = code.get(5..9).unwrap_or_default();
    let known = matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    if code.first() == Some(&b'9') && known && serial != b"0000" {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

/// A Federal Reserve district, and weights three, seven and one (ABA, Key to Routing Numbers).
fn routing(code: &[u8]) -> Validity {
    let district = code.get(..2).and_then(number).unwrap_or(99);
    let known = matches!(district, 0..=12 | 21..=32 | 61..=72 | 80);
    let sum = weighted(code, &[3, 7, 1, 3, 7, 1, 3, 7, 1]);
    Validity::plausible(known && sum.is_some_and(|sum| sum > 0 && sum % 10 == 0))
}

/// Luhn's digit over the number with the prefix of health identifiers (CMS, NPI check digit).
fn npi(code: &[u8]) -> Validity {
    let prefixed = [b"80840", code].concat();
    Validity::plausible(matches!(code.first(), Some(b'1' | b'2')) && luhn(&prefixed))
}

/// A registrant's letter, a name's letter or nine, and a digit from sums of every second one (21 CFR 1301).
fn dea(code: &[u8]) -> Validity {
    let Some((letters, digits)) = code.split_at_checked(2) else {
        return Validity::Invalid;
    };
    let sum = digits.get(..6).and_then(|six| weighted(six, &[1, 2, 1, 2, 1, 2]));
    let check = digits.get(6..).and_then(number);
    let registrant = letters
        .first()
        .is_some_and(|letter| b"ABCDEFGHJKLMPRSTUX".contains(letter));
    let name = letters
        .get(1)
        .is_some_and(|letter| letter.is_ascii_alphabetic() || *letter == b'9');
    Validity::plausible(registrant && name && sum.is_some_and(|sum| Some(sum % 10) == check))
}

/// Eleven characters, no letter of which looks like a digit (CMS, Understanding the MBI).
fn mbi(code: &[u8]) -> Validity {
    let letters_fit = !code.iter().any(|byte| b"SLOIBZ".contains(byte));
    if letters_fit && code.first() != Some(&b'0') {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}
