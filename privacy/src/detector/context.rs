//! Words around a finding, and in the name of its field.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, Input, MatchKind};

use crate::confidence::Context;

/// How far before a finding a word counts, in bytes.
const BEFORE_BYTES: usize = 48;
/// How far after a finding a word counts, in bytes.
const AFTER_BYTES: usize = 32;

/// The context words of one recognizer.
pub(crate) struct ContextWords {
    words: Option<AhoCorasick>,
}

impl ContextWords {
    pub(crate) fn new(words: &[&str]) -> Result<Self, BuildError> {
        if words.is_empty() {
            return Ok(Self { words: None });
        }
        let words = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(words)?;
        Ok(Self { words: Some(words) })
    }

    /// The best context of the finding at `start..end`; `field` is the field's name in words.
    pub(crate) fn of(&self, text: &[u8], start: usize, end: usize, field: Option<&str>) -> Context {
        let Some(words) = &self.words else {
            return Context::Absent;
        };
        if field.is_some_and(|name| holds_word(words, name.as_bytes(), 0, name.len())) {
            return Context::FieldName;
        }
        if holds_word(words, text, start.saturating_sub(BEFORE_BYTES), start) {
            return Context::Before;
        }
        if holds_word(words, text, end, end.saturating_add(AFTER_BYTES).min(text.len())) {
            return Context::After;
        }
        Context::Absent
    }
}

/// Whether a whole word stands within the range; the text around the range tells where words end.
fn holds_word(words: &AhoCorasick, text: &[u8], from: usize, to: usize) -> bool {
    if from >= to || to > text.len() {
        return false;
    }
    let is_letter = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(u8::is_ascii_alphabetic)
    };
    words
        .find_iter(Input::new(text).range(from..to))
        .any(|found| !is_letter(found.start().checked_sub(1)) && !is_letter(Some(found.end())))
}

/// How much of a field's name is looked at, in characters.
const FIELD_CHARACTERS: usize = 64;

/// A field's name as lowercase words: `dateOfBirth` and `date_of_birth` are both `date of birth`.
pub(crate) fn field_words(name: &str, words: &mut String) {
    words.clear();
    let mut lower_before = false;
    for character in name.chars().take(FIELD_CHARACTERS) {
        if character.is_uppercase() && lower_before {
            words.push(' ');
        }
        lower_before = character.is_lowercase();
        if character.is_alphabetic() {
            words.extend(character.to_lowercase());
        } else {
            words.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(text: &str, start: usize, end: usize, field: Option<&str>) -> Context {
        ContextWords::new(&["born", "date of birth"]).map_or(Context::Absent, |words| {
            words.of(text.as_bytes(), start, end, field)
        })
    }

    #[test]
    fn whole_words_count_before_after_and_in_the_field_name() {
        assert_eq!(context("I was BORN 1990", 11, 15, None), Context::Before);
        assert_eq!(context("1990 I was born", 0, 4, None), Context::After);
        assert_eq!(context("1990", 0, 4, Some("date of birth")), Context::FieldName);
        assert_eq!(context("stubborn 1990", 9, 13, None), Context::Absent);
        assert_eq!(context("1990 airborne", 0, 4, None), Context::Absent);
    }

    #[test]
    fn a_word_cut_by_the_window_does_not_count() {
        let text = format!("stubborn{}1990", " ".repeat(BEFORE_BYTES - 4));
        assert_eq!(context(&text, text.len() - 4, text.len(), None), Context::Absent);
    }

    #[test]
    fn field_names_become_words() {
        let mut words = String::new();
        for name in ["dateOfBirth", "date_of_birth", "Date-of-birth", "date.of.birth"] {
            field_words(name, &mut words);
            assert_eq!(words, "date of birth", "{name}");
        }
        field_words("SSN2", &mut words);
        assert_eq!(words, "ssn ");
    }
}
