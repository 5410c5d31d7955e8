//! Texts of a dataset that a client chooses, checked before they are sealed.

use std::fmt;

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
}

fn check(text: &str, max_chars: usize, allowed: fn(char) -> bool) -> Result<String, InvalidText> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.chars().count() > max_chars {
        return Err(InvalidText::TooLong { max_chars });
    }
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(InvalidText::ControlCharacter);
    }
    Ok(text.to_owned())
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $max:expr, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Trims and checks a text.
            ///
            /// # Errors
            /// [`InvalidText`] when it is empty, too long, or holds a control character.
            pub fn parse(text: &str) -> Result<Self, InvalidText> {
                check(text, $max, $allowed).map(Self)
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
    DatasetName, MAX_NAME_CHARS, |_| false
);
checked_text!(
    /// What a dataset is for.
    DatasetDescription, MAX_DESCRIPTION_CHARS, |c| matches!(c, '\n' | '\r' | '\t')
);
checked_text!(
    /// The kind of task that a dataset serves.
    TaskType, MAX_TASK_TYPE_CHARS, |_| false
);
checked_text!(
    /// A label of a dataset.
    Tag, MAX_TAG_CHARS, |_| false
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
    fn only_a_description_has_lines() {
        assert!(DatasetDescription::parse("one\ntwo").is_ok());
        assert_eq!(DatasetName::parse("one\ntwo"), Err(InvalidText::ControlCharacter));
    }
}
