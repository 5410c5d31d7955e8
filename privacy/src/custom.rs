//! Types that a tenant describes itself: a pattern or a list of words, a check, words of context.

use std::{str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use vault_domain::Sensitivity;

mod definition;

pub use definition::{
    CustomTypeDefinition, DefinedStrength, DefinitionError, DefinitionsError, MAX_CONTEXT_BYTES,
    MAX_CONTEXT_WORDS, MAX_DESCRIPTION_BYTES, WORD_BYTES, parse_definitions,
};

use crate::{
    confidence::{Strength, Validity},
    recognizer::ContextNeed,
    recognizers::checksum,
};

/// The most custom types of one detector.
pub const MAX_CUSTOM_TYPES: usize = vault_domain::custom_type::MAX_CUSTOM_TYPES;
/// The most patterns of one custom type.
pub const MAX_CUSTOM_PATTERNS: usize = 16;
/// The longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1024;
/// The most memory that a compiled pattern may take, in bytes.
pub const MAX_COMPILED_BYTES: usize = 1 << 20;
/// The most memory that all compiled patterns together may take, in bytes.
pub const MAX_ALL_COMPILED_BYTES: usize = 16 << 20;
/// The most words of one custom type, in its list and as context each.
pub const MAX_CUSTOM_WORDS: usize = 10_000;
/// The most words of all custom types that begin with the same three letters: each is compared where they stand.
pub const MAX_WORDS_ALIKE: usize = 1_000;
/// The most matches of custom types in one text; what more there are is not looked at.
pub const MAX_CUSTOM_MATCHES: usize = 200_000;
/// The longest match of a pattern, in bytes; what is longer than half of it may be found in pieces. Each search sees so much
/// of a text at most, so that it costs no more for a match, whatever the pattern is.
pub const MAX_MATCH_BYTES: usize = 4096;
/// The longest name of a custom type, in bytes.
pub const MAX_CUSTOM_NAME_BYTES: usize = 64;

/// Which of a detector's custom types a finding is of: its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomTypeId(pub u16);

/// A type that a tenant describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomType {
    /// Its name: small letters, digits and `_`, starting with a letter.
    pub name: String,
    /// Regular expressions in the syntax of the crate `regex`, which are searched in linear time.
    pub patterns: Vec<String>,
    /// Words and phrases to find as such, in any case of ASCII letters; they have two bytes or more.
    pub words: Vec<String>,
    /// Words that make a finding likelier when they stand near it, or in its field's name.
    pub context: Vec<String>,
    /// Whether a finding counts without a word of context.
    pub context_need: ContextNeed,
    /// How much a match alone says.
    pub strength: Strength,
    /// What the letters and digits of a match must pass.
    pub validator: Option<Validator>,
    /// How much harm its disclosure does.
    pub sensitivity: Sensitivity,
}

/// What is told of a finding of a custom type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomLabel {
    /// The type's name.
    pub name: Arc<str>,
    /// How much harm its disclosure does.
    pub sensitivity: Sensitivity,
}

impl From<&CustomType> for CustomLabel {
    fn from(custom: &CustomType) -> Self {
        Self {
            name: custom.name.as_str().into(),
            sensitivity: custom.sensitivity,
        }
    }
}

/// A check by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validator {
    /// Luhn's digit, as on payment cards.
    Luhn,
    /// ISO/IEC 7064 MOD 97-10, the check digits last.
    Mod97,
    /// The same with the first four characters moved to the end, as in an IBAN.
    Iban,
    /// ISO/IEC 7064 MOD 11-2, the last character a digit or `X`.
    #[serde(rename = "mod11_2")]
    Mod11Two,
    /// ISO/IEC 7064 MOD 11,10.
    #[serde(rename = "mod11_10")]
    Mod11Ten,
    /// Verhoeff's digit.
    Verhoeff,
}

/// A text that names no validator stood where one was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a validator")]
pub struct UnknownValidator;

impl FromStr for Validator {
    type Err = UnknownValidator;

    fn from_str(text: &str) -> Result<Self, UnknownValidator> {
        match text {
            "luhn" => Ok(Self::Luhn),
            "mod97" => Ok(Self::Mod97),
            "iban" => Ok(Self::Iban),
            "mod11_2" => Ok(Self::Mod11Two),
            "mod11_10" => Ok(Self::Mod11Ten),
            "verhoeff" => Ok(Self::Verhoeff),
            _ => Err(UnknownValidator),
        }
    }
}

impl Validator {
    /// Checks the ASCII letters and digits of a text.
    pub(crate) fn check(self, text: &str) -> Validity {
        let code: Vec<u8> = text
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.to_ascii_uppercase())
            .collect();
        match self {
            Self::Luhn => Validity::plausible(checksum::luhn(&code)),
            Self::Mod97 => Validity::require(checksum::mod_97_10(code)),
            Self::Iban => {
                let (head, tail) = code.split_at(code.len().min(4));
                Validity::require(checksum::mod_97_10(tail.iter().chain(head).copied()))
            }
            Self::Mod11Two => Validity::plausible(checksum::mod_11_2(&code)),
            Self::Mod11Ten => Validity::plausible(checksum::mod_11_10(&code)),
            Self::Verhoeff => Validity::plausible(checksum::verhoeff(&code)),
        }
    }
}

/// A custom type cannot be looked for.
#[derive(Debug, thiserror::Error)]
pub enum CustomTypeError {
    /// There are more than [`MAX_CUSTOM_TYPES`].
    #[error("more than {MAX_CUSTOM_TYPES} custom types")]
    TooManyTypes,
    /// The name is empty, too long, or has other characters.
    #[error("custom type {index}: a name is small letters, digits and `_`, at most {MAX_CUSTOM_NAME_BYTES}")]
    Name {
        /// The place of the type.
        index: usize,
    },
    /// There is nothing to look for, or more than a limit allows.
    #[error(
        "custom type {index}: from 1 pattern or word to {MAX_CUSTOM_PATTERNS} patterns of {MAX_PATTERN_BYTES} bytes \
         and {MAX_CUSTOM_WORDS} words"
    )]
    Size {
        /// The place of the type.
        index: usize,
    },
    /// More than [`MAX_WORDS_ALIKE`] words begin alike.
    #[error("more than {MAX_WORDS_ALIKE} words of custom types begin with the same three letters")]
    WordsAlike,
    /// A pattern is no regular expression, or compiles to too much.
    #[error("custom type {index}: a pattern is no regular expression, or too large a one")]
    Pattern {
        /// The place of the type.
        index: usize,
        /// What the compiler said.
        #[source]
        source: Box<regex::Error>,
    },
}

impl CustomType {
    /// Holds the type against the limits; the patterns are compiled elsewhere.
    pub(crate) fn check(&self, index: usize) -> Result<(), CustomTypeError> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let named = self.name.starts_with(|first: char| first.is_ascii_lowercase())
            && self.name.len() <= MAX_CUSTOM_NAME_BYTES
            && self.name.bytes().all(is_name);
        if !named {
            return Err(CustomTypeError::Name { index });
        }
        let fits = (1..=MAX_CUSTOM_PATTERNS + MAX_CUSTOM_WORDS)
            .contains(&(self.patterns.len() + self.words.len()))
            && self.patterns.len() <= MAX_CUSTOM_PATTERNS
            && self.words.len() <= MAX_CUSTOM_WORDS
            && self.context.len() <= MAX_CUSTOM_WORDS
            && self
                .patterns
                .iter()
                .all(|pattern| pattern.len() <= MAX_PATTERN_BYTES);
        if fits {
            Ok(())
        } else {
            Err(CustomTypeError::Size { index })
        }
    }
}
