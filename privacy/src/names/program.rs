//! Words of programs that look like names: where a line shows that it is one, a single word in it is no person; close to
//! such lines, only a word that something introduces as a name is one.

use std::ops::Range;

use super::NameKind;
use line::{holds_comment, is_comment, is_import, is_line_of_program, is_program};

mod line;

/// How much of a line is looked at before and after a word, in bytes.
const MAX_SIDE_BYTES: usize = 200;
/// How far around a word lines of a program are looked for, in bytes, and how many make it stand in a program.
const MAX_DISTANCE: usize = 350;
const LEAST_LINES: usize = 2;
/// How far behind a word an email address says that it is a person's name, in bytes.
const MAX_TO_EMAIL: usize = 40;
/// The longest number that is written as `0x..` and is no key or address.
const MAX_HEX_DIGITS: usize = 6;

/// The last word, or last part of an identifier, before a name.
const INTRODUCTIONS: &str = "author authors by name names maintainer maintainers contributor contributors contact owner customer client person \
    people employee patient assignee reviewer reviewers user users member members sender recipient friend friends \
    signed cc hi hello hey dear thanks thank regards cheers sincerely ask tell ping \
    first last holder manager agent student teacher";

/// The last word before a place, or the field that holds one.
const PLACED: &str =
    "in from of at to near via around and city country town place location region state origin destination";

/// Whether what looks like the name of a person or a place is a part of a program. It `is_listed` if a list has one of its words as a
/// name, and none as a word.
pub(crate) fn is_of_program(text: &str, place: Range<usize>, kind: NameKind, is_listed: bool) -> bool {
    let name = text.get(place.clone()).unwrap_or_default();
    let is_single = !name.contains(char::is_whitespace);
    let (before, after) = line_around(text, place.clone());
    if is_single && begins_with_two_capitals(name) {
        return true;
    }
    // `-Idir`
    if is_single
        && !is_listed
        && before.ends_with('-')
        && before.trim_end_matches('-').ends_with(char::is_whitespace)
    {
        return true;
    }
    let is_upper = !name.chars().any(char::is_lowercase);
    if is_upper && (has_short_hex(before) || has_short_hex(after)) {
        return true;
    }
    if !name.chars().any(char::is_uppercase) && is_between_quotes(before, after) && !is_called(before, kind) {
        return true;
    }
    let is_quoted = before.ends_with(['"', '\'', '`']) || before.matches('"').count() % 2 == 1;
    let line = text.get(place.start - before.len()..place.end + after.len());
    if is_single
        && !is_quoted
        && !holds_comment(before)
        && (is_import(before, after) || is_program(line.unwrap_or_default()))
    {
        return true;
    }
    (is_single || !is_listed)
        && !is_introduced(name, (before, after), kind, is_listed)
        && is_in_program(text, place)
}

/// Whether lines of a program stand around a word; beside one, lines of comments count too.
fn is_in_program(text: &str, word: Range<usize>) -> bool {
    let from = text.floor_char_boundary(word.start.saturating_sub(MAX_DISTANCE));
    let to = text.floor_char_boundary(word.end.saturating_add(MAX_DISTANCE));
    let (mut programs, mut comments) = (0, 0);
    for line in text.get(from..to).unwrap_or_default().lines() {
        let line = line.trim();
        if is_comment(line) {
            comments += 1;
        } else if is_line_of_program(line) {
            programs += 1;
        }
        if programs > 0 && programs + comments >= LEAST_LINES {
            return true;
        }
    }
    false
}

/// Whether a name is told as one: by the word before it, by an email address behind it, as a value, as the one who speaks.
fn is_introduced(name: &str, (before, after): (&str, &str), kind: NameKind, is_listed: bool) -> bool {
    let close = after
        .get(..after.floor_char_boundary(MAX_TO_EMAIL))
        .unwrap_or_default();
    let has_email = close.trim_start().starts_with(['<', '(']) && close.contains('@');
    let has_capital =
        name.chars().next().is_some_and(char::is_uppercase) && name.chars().any(char::is_lowercase);
    let ends_line = before.trim_end().ends_with(['=', ':']) && after.is_empty();
    let speaks = before.is_empty() && after.starts_with([':', ',']);
    let is_known = is_listed && has_capital;
    let is_told = is_between_quotes(before, after) || ends_line || speaks;
    match kind {
        NameKind::Person => is_called(before, kind) || has_email || is_known && is_told,
        _ => is_known && (is_called(before, kind) || is_told),
    }
}

/// Whether the last word before a name, or the last part of an identifier, says that one follows.
fn is_called(before: &str, kind: NameKind) -> bool {
    let ahead = before.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let word = ahead
        .rsplit(|letter: char| !letter.is_alphabetic())
        .next()
        .unwrap_or_default();
    let hump = word
        .rfind(char::is_uppercase)
        .filter(|_| word.chars().any(char::is_lowercase));
    let last = word.get(hump.unwrap_or_default()..).unwrap_or_default();
    let words = if kind == NameKind::Person {
        INTRODUCTIONS
    } else {
        PLACED
    };
    words.split(' ').any(|word| last.eq_ignore_ascii_case(word))
}

/// Whether a name is all that stands between two quotes or two bars.
fn is_between_quotes(before: &str, after: &str) -> bool {
    let (one, other) = (before.chars().next_back(), after.chars().next());
    one == other && one.is_some_and(|mark| "\"'`|".contains(mark))
}

/// The line's text on both sides of a word.
fn line_around(text: &str, word: Range<usize>) -> (&str, &str) {
    let from = text.floor_char_boundary(word.start.saturating_sub(MAX_SIDE_BYTES));
    let to = text.floor_char_boundary(word.end.saturating_add(MAX_SIDE_BYTES));
    let before = text.get(from..word.start).unwrap_or_default();
    let after = text.get(word.end..to).unwrap_or_default();
    (
        before.rsplit('\n').next().unwrap_or_default(),
        after.split('\n').next().unwrap_or_default(),
    )
}

/// `CCompiler`, `OAuth`, `MUAs`: a person's name has one capital first.
fn begins_with_two_capitals(name: &str) -> bool {
    let mut letters = name.chars();
    let first_two = letters.next().zip(letters.next());
    first_two.is_some_and(|(first, second)| first.is_uppercase() && second.is_uppercase())
        && letters.any(char::is_lowercase)
}

/// Whether there is a number such as `0xfe84`, which is too short for a key.
fn has_short_hex(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter_map(|word| word.strip_prefix("0x"))
        .any(|digits| (1..=MAX_HEX_DIGITS).contains(&digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_part(text: &str, word: &str) -> bool {
        let start = text.find(word).unwrap();
        is_of_program(text, start..start + word.len(), NameKind::Person, true)
    }

    #[test]
    fn words_of_programs_are_no_persons() {
        for (text, word) in [
            ("import sys, os", "sys"),
            ("from email import charset as Val", "Val"),
            ("    UsSsn.validate(&item, number) != Val {", "Val"),
            ("pub use permission::{Act, Authorizer, Denied};", "Authorizer"),
            ("def scan(self, conn, sid):", "sid"),
            ("            sid: principal.session.clone(),", "sid"),
            (
                "0xfe84: 0x00a5,     #  ARABIC LETTER ALEF WITH HAMZA ABOVE",
                "HAMZA",
            ),
            ("    # the base class, CCompiler.", "CCompiler"),
        ] {
            assert!(is_part(text, word), "{text}");
        }
    }

    const CODE: &str =
        "\ndef scan(self, year):\n    \"\"\"Give the days.\"\"\"\n    return self.days(year)\n";

    #[test]
    fn close_to_lines_of_a_program_a_single_name_must_be_told_as_one() {
        for (line, word) in [
            ("# the Julian day of the year", "Julian"),
            ("    # as Knuth proved it long ago", "Knuth"),
        ] {
            assert!(is_part(&format!("{CODE}{line}{CODE}"), word), "{line}");
            assert!(!is_part(&format!("{line}\n"), word), "{line}");
        }
        for (line, word) in [
            ("# Author: Guido <guido@python.example>", "Guido"),
            ("# thanks to all, and Guido <guido@python.example>", "Guido"),
            ("names = [\"Anna\", \"Boris\"]", "Boris"),
            ("customerName = Anna", "Anna"),
            ("assigned_by: Anna", "Anna"),
            ("Anna: why does this fail?", "Anna"),
            ("Hi Anna, this fails:", "Anna"),
            ("Thanks, Anna", "Anna"),
        ] {
            assert!(!is_part(&format!("{CODE}{line}{CODE}"), word), "{line}");
        }
        let unlisted = format!("{CODE}modes = ['Emax']{CODE}");
        let start = unlisted.find("Emax").unwrap();
        assert!(is_of_program(
            &unlisted,
            start..start + 4,
            NameKind::Person,
            false
        ));
    }

    #[test]
    fn small_letters_between_quotes_are_a_name_only_where_it_says_so() {
        assert!(is_part("    \"kuwaiti\",\n    \"libyan\",\n", "libyan"));
        assert!(is_part("modes = ['prec', 'emin']", "emin"));
        assert!(!is_part("{\"owner\": \"anna\"}", "anna"));
    }

    #[test]
    fn close_to_lines_of_a_program_a_place_must_be_known_and_stand_as_one() {
        let is_part = |line: &str, word: &str, is_listed| {
            let text = format!("{CODE}{line}{CODE}");
            let start = text.find(word).unwrap();
            is_of_program(&text, start..start + word.len(), NameKind::Location, is_listed)
        };
        assert!(is_part("use permission::{Act, Asker, Denied};", "Asker", true));
        assert!(is_part("# in Cedar's terms", "Cedar", false));
        assert!(!is_part("# the number of a person in Poland", "Poland", true));
        assert!(!is_part("cities = ['Hamburg', 'Rome']", "Rome", true));
    }

    #[test]
    fn names_in_data_comments_and_talk_are_no_words_of_programs() {
        for (text, word) in [
            ("{\"first_name\": \"Anna\", \"tags\": [\"a::b\"]}", "Anna"),
            ("print(\"Anna\") == greet()", "Anna"),
            ("    run()  # ask Anna", "Anna"),
            ("import anna into the new system", "anna"),
            ("from Anna, about the import", "Anna"),
            ("from today import anna into the new one", "anna"),
            ("MY NAME IS HAMZA", "HAMZA"),
            (
                "0x52908400098527886E0F7030069857D2E4169EE7 BELONGS TO HAMZA",
                "HAMZA",
            ),
            ("Jan sat in the sun in May, and Julio may march", "Jan"),
            ("Anna -> Berlin, Jonas => Rome", "Anna"),
            ("== Anna ==", "Anna"),
            ("McDonald said so", "McDonald"),
            ("a line before()\nAnna called", "Anna"),
            ("I ran self.scan() and Anna said it works,", "Anna"),
            ("Anna ran `cargo test && git push`", "Anna"),
            ("jonas: is it a::b == c", "jonas"),
            ("pub lunch with anna, ok;", "anna"),
        ] {
            assert!(!is_part(text, word), "{text}");
        }
    }
}
