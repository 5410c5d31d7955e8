//! AWS secret access keys: 40 characters of base64 beside a word that names them, or beside the key's id.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

const LENGTH: usize = 40;
/// How far after its name or its id the secret may start, in bytes.
const REACH_BYTES: usize = 64;

pub(super) struct AwsSecret;

impl Recognizer for AwsSecret {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::AwsSecretKey]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[
            Trigger::Literals(&["ecret", "ECRET", "AKIA", "ASIA"]),
            Trigger::FieldName(&["secret access", "aws secret", "secretaccesskey"]),
        ]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let bytes = text.as_bytes();
        let (from, strength) = match anchor {
            Anchor::Literal(at) if is_relevant(bytes, at) => (at, Strength::Medium),
            Anchor::Field => (0, Strength::Strong),
            _ => return,
        };
        let mut at = from;
        while at <= from + REACH_BYTES && at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let run = rest
                .iter()
                .take(LENGTH + 1)
                .take_while(|byte| is_secret_byte(**byte))
                .count();
            if run == LENGTH && looks_secret(&rest[..run]) {
                found.add(EntityType::AwsSecretKey, at, at + run, strength);
                return;
            }
            at = next_token(bytes, at);
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "aws",
            "amazon",
            "secret",
            "secret access key",
            "secret key",
            "aws secret",
        ]
    }

    fn specificity(&self) -> u8 {
        60
    }
}

/// An id of a key, or a word about a key: `secret` alone is in too many sentences to look behind each.
fn is_relevant(bytes: &[u8], at: usize) -> bool {
    let shown = bytes
        .get(at..(at + REACH_BYTES).min(bytes.len()))
        .unwrap_or_default()
        .to_ascii_lowercase();
    shown.starts_with(b"akia") || shown.starts_with(b"asia") || shown.windows(3).any(|three| three == b"key")
}

fn is_secret_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+')
}

/// Goes to the start of the next run of the alphabet, or past the reach.
fn next_token(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let rest = rest.get(..=REACH_BYTES).unwrap_or(rest);
    let run = rest
        .iter()
        .position(|byte| !is_secret_byte(*byte))
        .unwrap_or(rest.len());
    let after = rest.get(run..).unwrap_or_default();
    at + run
        + after
            .iter()
            .position(|byte| is_secret_byte(*byte))
            .unwrap_or(after.len())
}

/// Capital and small letters and digits, and more than hexadecimal.
fn looks_secret(token: &[u8]) -> bool {
    token.iter().any(u8::is_ascii_uppercase)
        && token.iter().any(u8::is_ascii_lowercase)
        && token.iter().any(u8::is_ascii_digit)
        && !token.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn count(text: &str, anchor: Anchor<'_>) -> usize {
        let mut candidates = Candidates::default();
        AwsSecret.find(text, anchor, &mut candidates);
        candidates.items.len()
    }

    #[test]
    fn the_secret_is_found_beside_its_name_id_or_field() {
        assert_eq!(
            count(&format!("secret_access_key = \"{KEY}\""), Anchor::Literal(1)),
            1
        );
        assert_eq!(
            count(&format!("AKIAIOSFODNN7EXAMPLE {KEY}"), Anchor::Literal(0)),
            1
        );
        assert_eq!(count(KEY, Anchor::Field), 1);
    }

    #[test]
    fn hashes_and_other_lengths_are_none() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(count(&format!("secret key {hash}"), Anchor::Literal(1)), 0);
        assert_eq!(count(&format!("secret key {KEY}x"), Anchor::Literal(1)), 0);
        assert_eq!(count("secret key", Anchor::Literal(1)), 0);
    }
}
