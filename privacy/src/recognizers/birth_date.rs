//! Dates: with a word that says whose birth it is a date of birth, with a word of care or of life's other events a
//! date that tells something of a person, and else a date below the default threshold.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Group, Recognizer, Trigger, ends_word, starts_word},
};

/// The first letters of the months, in English and in the languages of the default phone regions.
const MONTHS: [&str; 61] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", // English
    "mär", "mai", "okt", "dez", // German
    "fév", "avr", "juin", "juil", "aoû", "déc", // French
    "ene", "abr", "ago", "dic", // Spanish
    "gen", "mag", "giu", "lug", "set", "ott", // Italian
    "sty", "lut", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru", // Polish
    "mrt", "mei", // Dutch
    "janv", "sept", "marz", "maio", "juni", "juli", "août", "enero", "mayo", "junio", "julio", "maggio",
    "luglio", "marca", "maja", "lipca",
];
/// The longest name of a month, in bytes: `października`.
const MAX_MONTH_BYTES: usize = 14;
/// Years of birth of people whom data may still be about.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2099;

/// Words of events in a person's life and care.
const EVENTS: &[&str] = &[
    "admitted",
    "admission",
    "discharged",
    "discharge",
    "appointment",
    "surgery",
    "diagnosed",
    "hospitalized",
    "hospitalised",
    "deceased",
    "died",
    "death",
    "date of death",
    "married",
    "wedding",
    "divorced",
    "date of service",
    "visit date",
    "hire date",
    "hired on",
];

pub(super) struct BirthDate;

impl Recognizer for BirthDate {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::DateOfBirth, EntityType::DateTime]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(4)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let bytes = text.as_bytes();
        for parts in run.groups.windows(3) {
            if let &[first, middle, last] = parts
                && is_numeric_date(bytes, [first, middle, last])
            {
                add(bytes, first.start, last.end, found);
            }
        }
        for year in run.groups.iter().filter(|group| group.len() == 4) {
            let start = YEARS
                .contains(&value(bytes, *year))
                .then(|| written_start(bytes, year.start))
                .flatten();
            if let Some(start) = start.filter(|_| ends_word(bytes, year.end)) {
                add(bytes, start, year.end, found);
            }
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words_of(&self, kind: EntityType) -> Vec<&str> {
        if kind == EntityType::DateTime {
            return EVENTS.to_vec();
        }
        self.context_words().to_vec()
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "born",
            "birth",
            "dob",
            "d.o.b",
            "birthday",
            "birthdate",
            "date of birth",
            "birth date",
            "bday",
            "geboren",
            "geburtsdatum",
            "né le",
            "née le",
            "date de naissance",
            "naissance",
            "nacido",
            "nacida",
            "nacimiento",
            "nato il",
            "nata il",
            "nascita",
            "urodzony",
            "urodzona",
            "urodzenia",
            "geboortedatum",
            "dateofbirth",
            "生年月日",
            "出生日期",
            "생년월일",
            "data de nascimento",
            "nascido",
            "nascida",
            "fecha de nacimiento",
            "data di nascita",
            "doğum tarihi",
            "födelsedatum",
        ]
    }

    fn specificity(&self) -> u8 {
        68
    }
}

/// Adds a date as both that it may be; a time may follow the date.
fn add(bytes: &[u8], start: usize, end: usize, found: &mut Candidates) {
    found.add_with_context(EntityType::DateOfBirth, start, end, Strength::Weak);
    let with_time = end + time_length(bytes.get(end..).unwrap_or_default());
    found.add(EntityType::DateTime, start, with_time, Strength::Weak);
}

/// The length of a time of day after a date, as in `T10:20:30.5Z` and ` 10:20`, or zero.
fn time_length(rest: &[u8]) -> usize {
    let is_digit = |at: usize| rest.get(at).is_some_and(u8::is_ascii_digit);
    let is_pair = |at: usize| is_digit(at) && is_digit(at + 1);
    if !matches!(rest.first(), Some(b'T' | b' ')) || !is_pair(1) || rest.get(3) != Some(&b':') || !is_pair(4)
    {
        return 0;
    }
    let mut length = 6;
    if rest.get(length) == Some(&b':') && is_pair(length + 1) {
        length += 3;
        if matches!(rest.get(length), Some(b'.' | b',')) && is_digit(length + 1) {
            length += 1;
            length += rest
                .iter()
                .skip(length)
                .take(9)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
        }
    }
    match rest.get(length) {
        Some(b'Z') => length + 1,
        Some(b'+' | b'-')
            if is_pair(length + 1) && rest.get(length + 3) == Some(&b':') && is_pair(length + 4) =>
        {
            length + 6
        }
        Some(b'+' | b'-') if is_pair(length + 1) && is_pair(length + 3) => length + 5,
        _ => length,
    }
}

fn value(bytes: &[u8], group: Group) -> u32 {
    let digits = bytes.get(group.start..group.end).unwrap_or_default();
    digits
        .iter()
        .take(4)
        .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
}

/// Year, month and day, or day and month in either order and the year; with one separator.
fn is_numeric_date(bytes: &[u8], parts: [Group; 3]) -> bool {
    let [first, middle, last] = parts;
    let separator = bytes.get(first.end..middle.start);
    if separator != bytes.get(middle.end..last.start) || !matches!(separator, Some(b"-" | b"/" | b"." | b" "))
    {
        return false;
    }
    let time_follows = time_length(bytes.get(last.end..).unwrap_or_default()) > 0;
    let ends = ends_word(bytes, last.end) || time_follows;
    if !starts_word(bytes, first.start) || !ends || middle.len() > 2 {
        return false;
    }
    let values = parts.map(|part| value(bytes, part));
    let day_and_month = is_day(values[0], values[1]) || is_day(values[1], values[0]);
    match (first.len(), last.len()) {
        (4, 1 | 2) => YEARS.contains(&values[0]) && is_day(values[2], values[1]),
        (1 | 2, 4) => YEARS.contains(&values[2]) && day_and_month,
        (1 | 2, 2) => separator != Some(b" ") && day_and_month,
        _ => false,
    }
}

fn is_day(day: u32, month: u32) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Where `31 March `, `March 31, `, `31. März ` or `31st of March ` starts, if it ends at the year.
fn written_start(bytes: &[u8], year: usize) -> Option<usize> {
    let word_end = skip_back(bytes, year, |byte| matches!(byte, b' ' | b',' | b'-' | b'.'), 3)?;
    if bytes.get(word_end - 1)?.is_ascii_digit() {
        // The month stands first.
        let day = day_before(bytes, word_end)?;
        let month_end = skip_back(bytes, day, |byte| matches!(byte, b' ' | b'.' | b'-'), 2)?;
        return month_before(bytes, month_end);
    }
    let ordinal = ordinal_before(bytes, word_end);
    if ordinal < word_end {
        let day = day_before(bytes, ordinal)?;
        let month_end = skip_back(bytes, day, |byte| matches!(byte, b' ' | b'.' | b'-'), 2)?;
        return month_before(bytes, month_end);
    }
    let month = month_before(bytes, word_end)?;
    let mut day_end = skip_back(bytes, month, |byte| matches!(byte, b' ' | b'-' | b'.'), 2)?;
    for filler in [" of", " de"] {
        if bytes.get(..day_end)?.ends_with(filler.as_bytes()) {
            day_end -= filler.len();
        }
    }
    day_before(bytes, ordinal_before(bytes, day_end))
}

/// Goes back over one to `most` bytes of separators.
fn skip_back(bytes: &[u8], from: usize, is_separator: fn(u8) -> bool, most: usize) -> Option<usize> {
    let before = bytes.get(..from)?;
    let skipped = before
        .iter()
        .rev()
        .take(most)
        .take_while(|byte| is_separator(**byte))
        .count();
    (skipped > 0 && from > skipped).then(|| from - skipped)
}

/// Goes back over the ending of an ordinal number.
fn ordinal_before(bytes: &[u8], end: usize) -> usize {
    let before = bytes.get(..end).unwrap_or_default();
    let endings: [&[u8]; 6] = [b"st", b"nd", b"rd", b"th", b"er", b"."];
    let ending = endings
        .iter()
        .find(|ending| before.ends_with(ending))
        .map_or(0, |ending| ending.len());
    let digit = end
        .checked_sub(ending + 1)
        .and_then(|at| bytes.get(at))
        .is_some_and(u8::is_ascii_digit);
    if digit { end - ending } else { end }
}

/// Where a day of one or two digits starts that ends here.
fn day_before(bytes: &[u8], end: usize) -> Option<usize> {
    let before = bytes.get(..end)?;
    let length = before
        .iter()
        .rev()
        .take(3)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let group = Group {
        start: end - length,
        end,
    };
    let fits = (1..=2).contains(&length) && (1..=31).contains(&value(bytes, group));
    (fits && starts_word(bytes, group.start)).then_some(group.start)
}

/// Where the name of a month starts that ends here.
fn month_before(bytes: &[u8], end: usize) -> Option<usize> {
    let before = bytes.get(..end)?;
    let is_letter = |byte: &&u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let length = before
        .iter()
        .rev()
        .take(MAX_MONTH_BYTES + 1)
        .take_while(is_letter)
        .count();
    if !(3..=MAX_MONTH_BYTES).contains(&length) {
        return None;
    }
    let name = std::str::from_utf8(before.get(end - length..)?)
        .ok()?
        .to_lowercase();
    MONTHS
        .iter()
        .any(|month| name.starts_with(month))
        .then_some(end - length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepass::read_run;
    use crate::recognizer::NumberRun;

    fn found(text: &str) -> Vec<&str> {
        let (mut candidates, mut run, mut read_to) = (Candidates::default(), NumberRun::default(), 0);
        for (at, _) in text.match_indices(|character: char| character.is_ascii_digit()) {
            if at >= read_to {
                read_to = read_run(text.as_bytes(), at, &mut run);
                BirthDate.find(text, Anchor::Number(&run), &mut candidates);
            }
        }
        candidates
            .items
            .iter()
            .filter(|item| item.entity_type == EntityType::DateOfBirth)
            .map(|item| &text[item.start..item.end])
            .collect()
    }

    #[test]
    fn dates_are_read_in_many_forms() {
        for date in [
            "1990-01-31",
            "31/01/1990",
            "01/31/1990",
            "31.1.1990",
            "3/4/85",
            "31 March 1941",
            "March 31, 1941",
            "Mar. 31st, 1941",
            "31st of March 1941",
            "31. März 1941",
            "1 août 1970",
            "7 października 1980",
            "31-Mar-1941",
        ] {
            assert_eq!(found(&format!("born {date}, he")), [date], "{date}");
        }
    }

    #[test]
    fn days_that_never_were_and_other_numbers_are_none() {
        for text in [
            "1990-13-31",
            "30/30/1990",
            "2024-00817",
            "1899-01-01",
            "31 Bananas 1941",
            "1990",
            "a31 March 1941",
            "0 March 1941",
            "1990-01/31",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
