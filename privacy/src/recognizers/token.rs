//! Vendors' tokens: a prefix made to be recognized, then random characters.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, starts_word},
};

/// A family of tokens that a vendor's prefixes announce.
pub(super) struct Token {
    pub(super) types: &'static [EntityType],
    pub(super) triggers: &'static [Trigger],
    /// The forms, where one prefix continues another, the longer first.
    pub(super) forms: &'static [Form],
    pub(super) check: fn(&str) -> Validity,
    pub(super) context_words: &'static [&'static str],
}

/// One form of token.
pub(super) struct Form {
    pub(super) prefix: &'static str,
    /// Which bytes may follow the prefix.
    pub(super) alphabet: fn(u8) -> bool,
    /// How many must follow, at least and at most.
    pub(super) body: (usize, usize),
    pub(super) strength: Strength,
}

impl Recognizer for Token {
    fn entity_types(&self) -> &'static [EntityType] {
        self.types
    }

    fn triggers(&self) -> &'static [Trigger] {
        self.triggers
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let (Anchor::Literal(start), Some(kind)) = (anchor, self.types.first()) else {
            return;
        };
        let bytes = text.as_bytes();
        if !starts_word(bytes, start) {
            return;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        let Some(form) = self
            .forms
            .iter()
            .find(|form| rest.starts_with(form.prefix.as_bytes()))
        else {
            return;
        };
        let body = rest.get(form.prefix.len()..).unwrap_or_default();
        let length = body_length(body, form);
        found.examined(start + form.prefix.len() + length);
        if (form.body.0..=form.body.1).contains(&length) {
            found.add(*kind, start, start + form.prefix.len() + length, form.strength);
        }
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        if looks_random(matched) {
            (self.check)(matched)
        } else {
            Validity::Invalid
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        self.context_words
    }

    fn specificity(&self) -> u8 {
        90
    }
}

/// How many bytes of the alphabet follow, without the punctuation that ends a sentence.
fn body_length(body: &[u8], form: &Form) -> usize {
    let run = body
        .iter()
        .position(|byte| !(form.alphabet)(*byte))
        .unwrap_or(body.len());
    let trailing = body[..run]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'.' | b'-'))
        .count();
    // A full stop or dash before a space ends the sentence; one that the length asks for is the token's own.
    if run - trailing >= form.body.0 {
        run - trailing
    } else {
        run
    }
}

/// Whether a token is more than a placeholder such as `xxxxxxxx`.
pub(super) fn looks_random(matched: &str) -> bool {
    let mut seen = [false; 256];
    matched.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|seen| **seen).count() >= 10
}

/// No checksum to go by.
pub(super) fn unchecked(_: &str) -> Validity {
    Validity::Unknown
}

/// ASCII letters and digits.
pub(super) fn is_base62(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// The URL-safe base64 alphabet, without padding.
pub(super) fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Whether the last six of a body's 36 characters are the CRC-32 of the first thirty, in base 62.
pub(super) fn has_base62_crc(body: &str) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((payload, check)) = body.split_at_checked(30) else {
        return false;
    };
    let mut rest = crc32(payload.as_bytes());
    let mut expected = [b'0'; 6];
    for digit in expected.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    check.as_bytes() == expected
}

/// CRC-32 as in zlib; bit by bit, as it is used on thirty bytes.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_32_is_that_of_zlib() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_checksum_of_another_length_is_none() {
        assert!(!has_base62_crc(""));
        assert!(!has_base62_crc(&"é".repeat(18)));
        assert!(!has_base62_crc(&"a".repeat(36)));
    }

    #[test]
    fn placeholders_are_not_random() {
        assert!(!looks_random("sk_live_xxxxxxxxxxxxxxxxxxxxxxxx"));
        assert!(looks_random("sk_live_4eC39HqLyjWDarjtT1zdp7dc"));
    }
}
