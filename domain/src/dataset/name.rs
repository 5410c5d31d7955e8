//! Texts of a dataset that a client chooses, checked before they are sealed.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, skeleton};

/// The longest dataset name, in Unicode code points.
pub const MAX_NAME_CHARS: usize = 255;
/// The longest description, in Unicode code points.
pub const MAX_DESCRIPTION_CHARS: usize = 4096;
/// The longest task type, in Unicode code points.
pub const MAX_TASK_TYPE_CHARS: usize = 63;
/// The longest tag, in Unicode code points.
pub const MAX_TAG_CHARS: usize = 63;
/// The most tags of one dataset.
pub const MAX_TAGS: usize = 50;

/// Why a text cannot stand where the client put it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// It is empty, or only white space.
    #[error("must not be empty")]
    Empty,
    /// It is longer than the limit.
    #[error("must be at most {max_chars} characters long")]
    TooLong {
        /// The limit, in Unicode code points.
        max_chars: usize,
    },
    /// It holds a control character.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// It holds a character that nobody sees, or that turns the direction of the text.
    #[error("must not contain invisible characters")]
    Invisible,
    /// One of its words mixes scripts whose letters look alike, such as Latin and Cyrillic.
    #[error("must not mix letters of several scripts in one word")]
    MixedScripts,
}

fn check(text: &str, max_chars: usize, allowed: fn(char) -> bool) -> Result<String, InvalidText> {
    // one spelling of what looks the same, so that a name is unique
    let text: String = text.trim().nfc().collect();
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.chars().count() > max_chars {
        return Err(InvalidText::TooLong { max_chars });
    }
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(InvalidText::ControlCharacter);
    }
    Ok(text)
}

/// The same for what people tell things apart by: it must be what it looks like.
fn check_label(text: &str, max_chars: usize) -> Result<String, InvalidText> {
    let text = check(text, max_chars, |_| false)?;
    if text.chars().any(is_invisible) {
        return Err(InvalidText::Invisible);
    }
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    if words.all(is_of_one_script) {
        Ok(text)
    } else {
        Err(InvalidText::MixedScripts)
    }
}

/// Spaces of no width, and marks of direction. Joiners are no such thing: Persian and many emoji are written with them.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
    ) || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a word keeps to one script, or to scripts that are written together and look different (UTS 39).
fn is_of_one_script(word: &str) -> bool {
    let letters: String = word.chars().filter(|c| c.identifier_allowed()).collect();
    letters
        .as_str()
        .check_restriction_level(RestrictionLevel::ModeratelyRestrictive)
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Trims, normalizes (NFC) and checks a text.
            ///
            /// # Errors
            /// [`InvalidText`] when it is empty, too long, or holds what it may not.
            pub fn parse(text: &str) -> Result<Self, InvalidText> {
                let checked: Result<String, InvalidText> = $check(text);
                checked.map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

checked_text!(
    /// The name of a dataset, unique in its tenant.
    DatasetName, |text| check_label(text, MAX_NAME_CHARS)
);
impl DatasetName {
    /// The same for all names that look the same (the skeleton of UTS 39): `modem` and `modern`, `v10` and `vlO`.
    #[must_use]
    pub fn look(&self) -> String {
        skeleton(&self.0).collect()
    }
}

checked_text!(
    /// What a dataset is for.
    DatasetDescription, |text| check(text, MAX_DESCRIPTION_CHARS, |c| matches!(c, '\n' | '\r' | '\t'))
);
checked_text!(
    /// The kind of task that a dataset serves.
    TaskType, |text| check_label(text, MAX_TASK_TYPE_CHARS)
);
checked_text!(
    /// A label of a dataset.
    Tag, |text| check_label(text, MAX_TAG_CHARS)
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded_in_code_points() {
        assert_eq!(
            DatasetName::parse("  Chats ").map(|n| n.as_str().to_owned()),
            Ok("Chats".to_owned())
        );
        assert_eq!(DatasetName::parse(" \t"), Err(InvalidText::Empty));
        assert!(DatasetName::parse(&"ä".repeat(MAX_NAME_CHARS)).is_ok());
        assert_eq!(
            DatasetName::parse(&"ä".repeat(MAX_NAME_CHARS + 1)),
            Err(InvalidText::TooLong {
                max_chars: MAX_NAME_CHARS
            })
        );
        assert_eq!(DatasetName::parse("a\u{0}b"), Err(InvalidText::ControlCharacter));
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        assert_eq!(DatasetName::parse("Cafe\u{301}"), DatasetName::parse("Caf\u{e9}"));
        for invisible in [
            "a\u{200b}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "\u{feff}ab",
            "a\u{ad}b",
            "a\u{e0041}b",
        ] {
            assert_eq!(
                DatasetName::parse(invisible),
                Err(InvalidText::Invisible),
                "{invisible:?}"
            );
        }
        for mixed in ["p\u{430}ypal", "\u{440}aypal chats", "s\u{3bf}urce"] {
            assert_eq!(Tag::parse(mixed), Err(InvalidText::MixedScripts), "{mixed:?}");
        }
        for fine in [
            "Чаты GPT-4",
            "日本語v2",
            "サンプル ABC",
            "Übungen №5",
            "داده‌ها",
            "👩‍💻 code",
            "α and β",
            "한국어 데이터 v3",
        ] {
            assert!(DatasetName::parse(fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn names_that_look_alike_have_one_look() {
        let look = |text| DatasetName::parse(text).map(|name| name.look());
        for (name, other) in [
            ("modern", "modem"),
            ("v10", "vlO"),
            ("scope", "\u{455}\u{441}\u{43e}\u{440}\u{435}"),
            ("Caf\u{e9}", "Cafe\u{301}"),
            ("two words", "two\u{a0}words"),
        ] {
            assert_eq!(look(name), look(other), "{name} {other}");
        }
        for (name, other) in [
            ("chats", "Chats"),
            ("v1", "v2"),
            ("cafe", "caf\u{e9}"),
            ("a-b", "a_b"),
        ] {
            assert_ne!(look(name), look(other), "{name} {other}");
        }
    }

    #[test]
    fn only_a_description_has_lines() {
        assert!(DatasetDescription::parse("one\ntwo").is_ok());
        assert_eq!(DatasetName::parse("one\ntwo"), Err(InvalidText::ControlCharacter));
    }
}
