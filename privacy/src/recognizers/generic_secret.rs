//! Random texts beside a word that calls them a key, a token or a secret.

use vault_domain::EntityType;

use super::labelled::{Join, Kinds, Value, entropy_percent, is_placeholder, value_after};
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

const LABELS: &[&str] = &[
    "api key",
    "apikey",
    "secret",
    "secret key",
    "secretkey",
    "client secret",
    "clientsecret",
    "access token",
    "accesstoken",
    "access key",
    "accesskey",
    "auth token",
    "authtoken",
    "refresh token",
    "token",
    "bearer",
    "encryption key",
    "signing key",
    "private key",
    "credential",
    "credentials",
];
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=512;
/// The least entropy of hexadecimal digits, and of a larger alphabet, in hundredths of a bit for each character.
const MIN_HEX_ENTROPY: u32 = 300;
const MIN_ENTROPY: u32 = 350;
/// At how many places of a hundred, at least, random letters change between capitals, small ones and digits.
const MIXED_PERCENT: usize = 45;

pub(super) struct GenericSecret;

impl Recognizer for GenericSecret {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::GenericSecret]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[
            Trigger::Words(LABELS),
            Trigger::FieldName(&[
                "api key",
                "apikey",
                "secret",
                "token",
                "access key",
                "private key",
                "credential",
            ]),
        ]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let value = match anchor {
            Anchor::Word { start, end } => value_after(text, end).or_else(|| bearer(text, start, end)),
            Anchor::Field => Some(Value::whole(text)),
            _ => None,
        };
        let Some(value) = value else { return };
        let shown = text.get(value.start..value.end).unwrap_or_default();
        if looks_random(shown) {
            let strength = if value.join == Join::Sign {
                Strength::Medium
            } else {
                Strength::Weak
            };
            found.add(EntityType::GenericSecret, value.start, value.end, strength);
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        LABELS
    }

    /// Any vendor's own form is more than this.
    fn specificity(&self) -> u8 {
        10
    }
}

/// `Authorization: Bearer abc...`: the word and its value have nothing but a space between them.
fn bearer(text: &str, start: usize, end: usize) -> Option<Value> {
    if !text.get(start..end)?.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let rest = text.get(end..)?.strip_prefix(' ')?;
    let length = rest
        .bytes()
        .take_while(|byte| is_secret_byte(*byte))
        .take(*LENGTHS.end() + 1)
        .count();
    (length > 0).then_some(Value {
        start: end + 1,
        end: end + 1 + length,
        join: Join::Sign,
        quoted: false,
    })
}

const fn is_secret_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/' | b'=' | b'~')
}

/// Digits and letters, mixed without the order of words, paths or counters.
fn looks_random(value: &str) -> bool {
    let kinds = Kinds::of(value);
    if !LENGTHS.contains(&value.len())
        || !value.bytes().all(is_secret_byte)
        || !kinds.letters
        || is_placeholder(value)
        || is_uuid(value)
    {
        return false;
    }
    let hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let least = if hex { MIN_HEX_ENTROPY } else { MIN_ENTROPY };
    let turns = changes(value, |byte| u8::from(byte.is_ascii_digit()));
    let numbered = digits >= 2 && turns >= 3;
    // Words in `camelCase` change twice in each; random letters and digits at six places of ten.
    let kinds_change = changes(value, |byte| {
        u8::from(byte.is_ascii_digit()) + 2 * u8::from(byte.is_ascii_uppercase())
    });
    let mixed = kinds_change * 100 >= MIXED_PERCENT * value.len();
    entropy_percent(value) >= least && (numbered || mixed)
}

/// How often the kind of character changes from one to the next.
fn changes(value: &str, kind: impl Fn(u8) -> u8) -> usize {
    value
        .as_bytes()
        .windows(2)
        .filter(|pair| kind(pair[0]) != kind(pair[1]))
        .count()
}

/// An id, which says nothing of being secret.
fn is_uuid(value: &str) -> bool {
    let groups: Vec<usize> = value.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12]
}
