//! Denmark, Finland, Norway and Sweden.

use vault_domain::EntityType::{DkCpr, FiHetu, NoFodselsnummer, SeOrganisationNumber, SePersonnummer};

use super::{
    super::checksum::{luhn, number, weighted},
    IdRule,
    dates::{days_of, is_day_first},
};
use crate::confidence::{
    Strength::{Hint, Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        DkCpr,
        &[("999999-9999", Weak), ("9999999999", Hint), ("999999 9999", Hint)],
        cpr,
        &[
            "cpr",
            "cpr-nr",
            "cpr nr",
            "cpr nummer",
            "cpr-nummer",
            "cpr number",
            "personnummer",
            "danish",
            "sundhedskort",
        ],
    )
    .with_context(),
    IdRule::new(
        FiHetu,
        &[
            ("999999-999X", Medium),
            ("999999+999X", Medium),
            ("999999A999X", Medium),
        ],
        hetu,
        &[
            "hetu",
            "henkilötunnus",
            "henkilotunnus",
            "sotu",
            "personal identity code",
            "personbeteckning",
        ],
    ),
    IdRule::new(
        NoFodselsnummer,
        &[
            ("999999 99999", Weak),
            ("99999999999", Hint),
            ("999999-99999", Weak),
            ("99 99 99 99999", Weak),
            ("99.99.99 99999", Medium),
        ],
        fodselsnummer,
        &[
            "fødselsnummer",
            "fodselsnummer",
            "fnr",
            "f.nr",
            "d-nummer",
            "personnummer",
            "norwegian",
            "national identity",
        ],
    ),
    IdRule::new(
        SePersonnummer,
        &[
            ("999999-9999", Medium),
            ("999999+9999", Medium),
            ("99999999-9999", Medium),
            ("9999999999", Hint),
            ("999999999999", Hint),
            ("99999999+9999", Medium),
            ("999999 9999", Hint),
            ("99999999 9999", Hint),
        ],
        personnummer,
        &[
            "personnummer",
            "pnr",
            "personnr",
            "samordningsnummer",
            "swedish",
            "personal identity number",
            "födelsenummer",
        ],
    ),
    IdRule::new(
        SeOrganisationNumber,
        &[
            ("999999-9999", Weak),
            ("9999999999", Hint),
            ("99999999-9999", Weak),
            ("999999999999", Hint),
        ],
        organisation,
        &[
            "organisationsnummer",
            "org.nr",
            "org nr",
            "orgnr",
            "org.nummer",
            "organisation number",
            "organization number",
            "company number",
            "momsnummer",
        ],
    ),
];

/// A birth date; the digit modulo eleven is not kept to since 2007 (CPR-kontoret).
fn cpr(code: &[u8]) -> Validity {
    if !code.get(..6).is_some_and(is_day_first) {
        return Validity::Invalid;
    }
    match weighted(code, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) {
        Some(sum) if sum % 11 == 0 => Validity::Plausible,
        _ => Validity::Unknown,
    }
}

/// A birth date, the century's sign, and a character modulo 31 (Digi- ja väestötietovirasto).
fn hetu(code: &[u8]) -> Validity {
    let (date, serial) = match code.len() {
        10 => (code.get(..6), code.get(6..9)),
        _ => (code.get(..6), code.get(7..10)),
    };
    let century = code.len() == 10 || code.get(6).is_some_and(|sign| b"ABCDEFYXWVU".contains(sign));
    let (Some(date), Some(serial), Some(check)) = (date, serial, code.last()) else {
        return Validity::Invalid;
    };
    let born = is_day_first(date) && number(serial).is_some_and(|serial| serial >= 2);
    let index = number(&[date, serial].concat()).map(|number| number % 31);
    let expected = index.and_then(|index| b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(index as usize));
    Validity::require(century && born && expected == Some(check))
}

/// A birth date, for temporary numbers 40 days on, and two digits modulo eleven (Skatteetaten).
fn fodselsnummer(code: &[u8]) -> Validity {
    let day = code.get(..2).and_then(number).unwrap_or_default();
    let month = code.get(2..4).and_then(number).unwrap_or_default();
    let day = if day > 40 { day - 40 } else { day };
    // Synthetic numbers of the authorities' tests have months 40, 65 or 80 higher.
    let months = [
        month,
        month.wrapping_sub(40),
        month.wrapping_sub(65),
        month.wrapping_sub(80),
    ];
    let born = months.iter().any(|month| (1..=days_of(*month)).contains(&day));
    let first = code
        .get(..10)
        .and_then(|ten| weighted(ten, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]));
    let second = weighted(code, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    let checked = [first, second]
        .iter()
        .all(|sum| sum.is_some_and(|sum| sum % 11 == 0));
    Validity::require(born && checked)
}

/// The last ten digits; a year may stand in full before them.
fn short(code: &[u8]) -> Option<&[u8]> {
    match code.len() {
        10 => Some(code),
        12 => code.get(2..),
        _ => None,
    }
}

/// A birth date, for coordination numbers 60 days on, and Luhn's digit (Skatteverket).
fn personnummer(code: &[u8]) -> Validity {
    let Some(ten) = short(code) else {
        return Validity::Invalid;
    };
    let month = ten.get(2..4).and_then(number).unwrap_or_default();
    let day = ten.get(4..6).and_then(number).unwrap_or_default();
    let day = if day > 60 { day - 60 } else { day };
    let century = code.len() == 10 || matches!(code.get(..2), Some(b"18" | b"19" | b"20"));
    Validity::plausible(century && (1..=days_of(month)).contains(&day) && luhn(ten))
}

/// No month, as its third digit is two or more, and Luhn's digit (Bolagsverket).
fn organisation(code: &[u8]) -> Validity {
    let Some(ten) = short(code) else {
        return Validity::Invalid;
    };
    let group = matches!(ten.first(), Some(b'1'..=b'3' | b'5'..=b'9'));
    let no_month = matches!(ten.get(2), Some(b'2'..=b'9'));
    let lead = code.len() == 10 || code.starts_with(b"16");
    Validity::plausible(group && no_month && lead && luhn(ten))
}
