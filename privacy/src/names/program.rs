//! Words of programs that look like names: where a line shows that it is one, a single word in it is no person.

use std::ops::Range;

/// How much of a line is looked at before and after a word, in bytes.
const MAX_SIDE_BYTES: usize = 200;
/// The longest number that is written as `0x..` and is no key or address.
const MAX_HEX_DIGITS: usize = 6;

/// So many pairs of words with nothing but a space between them are talk, whatever else the line holds.
const TALK: usize = 3;

/// What programs hold, and talk about programs too.
const MARKS: [&str; 10] = [
    "::", " == ", " != ", " && ", " || ", " += ", "()", ") ->", "&mut ", "self.",
];
/// What a line of a program begins with.
const BEGINNINGS: [&str; 7] = ["pub ", "fn ", "let mut ", "def ", "elif ", "async def ", "impl "];
/// What such a line ends with.
const ENDS: [char; 7] = [';', '{', '}', '(', '[', ',', ':'];
/// What begins a comment.
const COMMENTS: [&str; 4] = ["//", "#", "/*", "--"];

/// Whether a single word is a part of a program rather than a person.
pub(crate) fn is_word_of_program(text: &str, word: Range<usize>) -> bool {
    let name = text.get(word.clone()).unwrap_or_default();
    let (before, after) = line_around(text, word.clone());
    if begins_with_two_capitals(name) {
        return true;
    }
    if name.chars().all(char::is_uppercase) && (has_short_hex(before) || has_short_hex(after)) {
        return true;
    }
    let is_quoted = before.ends_with(['"', '\'', '`']) || before.matches('"').count() % 2 == 1;
    let is_comment = COMMENTS.iter().any(|mark| before.contains(mark));
    let line = text.get(word.start - before.len()..word.end + after.len());
    !is_quoted && !is_comment && (is_import(before, after) || is_program(line.unwrap_or_default()))
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

/// Whether a line has the marks of a program, ends like one, and does not read like talk about it.
fn is_program(line: &str) -> bool {
    let begins = || BEGINNINGS.iter().any(|word| line.trim_start().starts_with(word));
    let is_marked = || MARKS.iter().any(|mark| line.contains(mark));
    line.trim_end().ends_with(ENDS) && (begins() || is_marked()) && !is_talk(line)
}

/// Whether words follow each other as in a sentence.
fn is_talk(text: &str) -> bool {
    let is_word = |word: &str| word.chars().all(char::is_alphabetic);
    let words = text.split_whitespace();
    let pairs = words.clone().zip(words.skip(1));
    pairs
        .filter(|(one, next)| is_word(one) && is_word(next.trim_end_matches(['.', ',', '!', '?'])))
        .count()
        >= TALK
}

/// `import sys, os` and `from sys import path`, where nothing but names of modules follows.
fn is_import(before: &str, after: &str) -> bool {
    let is_listed = |part: &str| !part.trim().contains(' ');
    let before = before.trim_start();
    let is_from = before.starts_with("from ") && before.split_whitespace().nth(2) == Some("import");
    let modules = before.strip_prefix("import ");
    after.split(',').all(is_listed)
        && (is_from || modules.is_some_and(|modules| modules.split(',').all(is_listed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_of_program(text: &str, word: &str) -> bool {
        let start = text.find(word).unwrap();
        is_word_of_program(text, start..start + word.len())
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
            assert!(is_of_program(text, word), "{text}");
        }
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
            assert!(!is_of_program(text, word), "{text}");
        }
    }
}
