//! International bank account numbers: a country's length and shape, and two check digits modulo 97.

use vault_domain::EntityType;

use super::checksum::mod_97_10;
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, ends_word, starts_word},
};

mod shape;

/// The countries of the registry, and those that use the form without it, with their lengths.
#[rustfmt::skip]
const LENGTHS: [(&[u8; 2], usize); 107] = [
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AO", 25), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16),
    (b"BF", 28), (b"BG", 22), (b"BH", 22), (b"BI", 27), (b"BJ", 28), (b"BR", 29), (b"BY", 28), (b"CF", 27),
    (b"CG", 27), (b"CH", 21), (b"CI", 28), (b"CM", 27), (b"CR", 22), (b"CV", 25), (b"CY", 28), (b"CZ", 24),
    (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"DZ", 26), (b"EE", 20), (b"EG", 29), (b"ES", 24),
    (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GA", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23),
    (b"GL", 18), (b"GQ", 27), (b"GR", 27), (b"GT", 28), (b"GW", 25), (b"HN", 28), (b"HR", 21), (b"HU", 28),
    (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IR", 26), (b"IS", 26), (b"IT", 27), (b"JO", 30), (b"KM", 27),
    (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21),
    (b"LY", 25), (b"MA", 28), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MG", 27), (b"MK", 19), (b"ML", 28),
    (b"MN", 20), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"MZ", 25), (b"NE", 28), (b"NI", 28), (b"NL", 18),
    (b"NO", 15), (b"OM", 23), (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24),
    (b"RS", 22), (b"RU", 33), (b"SA", 24), (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24),
    (b"SM", 27), (b"SN", 28), (b"SO", 23), (b"ST", 25), (b"SV", 28), (b"TD", 27), (b"TG", 28), (b"TL", 23),
    (b"TN", 24), (b"TR", 26), (b"UA", 29),
];
const MORE_LENGTHS: [(&[u8; 2], usize); 4] = [(b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30)];

pub(super) struct Iban;

impl Recognizer for Iban {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::Iban]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(2)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let bytes = text.as_bytes();
        // Only the first group of a run can have letters right before it.
        let Some(start) = run.groups.first().and_then(|group| group.start.checked_sub(2)) else {
            return;
        };
        let Some(country) = bytes.get(start..start + 2) else {
            return;
        };
        let runs_in =
            matches!(bytes.get(..start), Some([.., before, b'-']) if before.is_ascii_alphanumeric());
        if !country.iter().all(u8::is_ascii_alphabetic) || !starts_word(bytes, start) || runs_in {
            return;
        }
        let Some(length) = length_for(country) else { return };
        if let Some(end) = iban_end(bytes, start, length) {
            found.add(EntityType::Iban, start, end, Strength::Strong);
        }
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        Validity::require(has_check_digits(matched))
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "iban",
            "bank account",
            "account",
            "konto",
            "compte",
            "cuenta",
            "conto",
            "rekening",
        ]
    }

    fn specificity(&self) -> u8 {
        85
    }
}

fn length_for(country: &[u8]) -> Option<usize> {
    let mut known = LENGTHS.iter().chain(&MORE_LENGTHS);
    known
        .find(|(code, _)| code.eq_ignore_ascii_case(country))
        .map(|(_, length)| *length)
}

/// Reads so many letters and digits, with single spaces or dashes between them, up to the end of a word.
fn iban_end(bytes: &[u8], start: usize, length: usize) -> Option<usize> {
    let (mut at, mut read) = (start, 0);
    while read < length {
        let byte = bytes.get(at)?;
        if byte.is_ascii_alphanumeric() {
            read += 1;
        } else {
            let single = bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
            // Small letters with spaces are words, and dashes stand between fours.
            let fits = match byte {
                b' ' => bytes.get(start).is_some_and(u8::is_ascii_uppercase),
                b'-' => read % 4 == 0,
                _ => false,
            };
            if read < 4 || !fits || !single {
                return None;
            }
        }
        at += 1;
    }
    let runs_on = bytes.get(at) == Some(&b'-') && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
    (ends_word(bytes, at) && !runs_on).then_some(at)
}

/// The remainder modulo 97 of the number with its first four characters at the end is one.
fn has_check_digits(matched: &str) -> bool {
    let characters: Vec<u8> = matched.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let Some((head, tail)) = characters.split_at_checked(4) else {
        return false;
    };
    if !head.iter().skip(2).all(u8::is_ascii_digit) {
        return false;
    }
    shape::fits(&head[..2], tail) && mod_97_10(tail.iter().chain(head).copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepass::read_run;
    use crate::recognizer::NumberRun;

    fn found(text: &str) -> Option<&str> {
        let (mut candidates, mut run) = (Candidates::default(), NumberRun::default());
        let at = text.find(|character: char| character.is_ascii_digit())?;
        read_run(text.as_bytes(), at, &mut run);
        Iban.find(text, Anchor::Number(&run), &mut candidates);
        let matched = candidates.items.first().map(|item| &text[item.start..item.end])?;
        has_check_digits(matched).then_some(matched)
    }

    #[test]
    fn the_registrys_examples_are_found() {
        for iban in [
            "GB29NWBK60161331926819",
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
            "NL91ABNA0417164300",
            "PL61109010140000071219812874",
            "ES9121000418450200051332",
            "IT60X0542811101000000123456",
            "GB29 NWBK 6016 1331 9268 19",
        ] {
            assert_eq!(found(&format!("to {iban}.")), Some(iban));
        }
        assert_eq!(found("gb29nwbk60161331926819"), Some("gb29nwbk60161331926819"));
    }

    #[test]
    fn wrong_digits_lengths_and_countries_are_none() {
        for text in [
            "GB28NWBK60161331926819",
            "GB29NWBK6016133192681",
            "GB29NWBK601613319268190",
            "ZZ29NWBK60161331926819",
            "xGB29NWBK60161331926819",
            "GB29  NWBK60161331926819",
            "GB2",
            "29",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
