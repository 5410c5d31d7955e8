//! Azure's storage keys, shared access signatures and client secrets.

use vault_domain::EntityType;

use super::token::looks_random;
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

/// A key of 32 or 64 bytes, or of a signature, in base64.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 43..=90;
/// How much may stand between the sign and the key: a space and a quote.
const MAX_GAP_BYTES: usize = 2;
/// What stands before and after the mark of a client secret.
const SECRET_BEFORE: usize = 3;
const SECRET_AFTER: std::ops::RangeInclusive<usize> = 31..=34;

pub(super) struct Azure;

impl Recognizer for Azure {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::AzureKey]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Literals(&[
            "AccountKey=",
            "SharedAccessKey=",
            "AccountKey\"",
            "SharedAccessKey\"",
            "&sig=",
            "?sig=",
            "8Q~",
            "7Q~",
        ])]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Literal(at) = anchor else { return };
        let bytes = text.as_bytes();
        match bytes.get(at + 1..at + 3) {
            Some(b"Q~") => find_client_secret(bytes, at, found),
            _ => find_key(bytes, at, found),
        }
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        if looks_random(matched) {
            Validity::Unknown
        } else {
            Validity::Invalid
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        &["azure", "account key", "client secret", "sas", "entra"]
    }

    fn specificity(&self) -> u8 {
        93
    }
}

fn find_key(bytes: &[u8], at: usize, found: &mut Candidates) {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(sign) = rest.iter().position(|byte| matches!(byte, b'=' | b':')) else {
        return;
    };
    let quoted = |byte: &&u8| matches!(byte, b' ' | b'"');
    let after = rest.get(sign + 1..).unwrap_or_default();
    let sign = sign + after.iter().take(MAX_GAP_BYTES).take_while(quoted).count();
    let value = rest.get(sign + 1..).unwrap_or_default();
    let is_key = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=%".contains(byte);
    let length = value
        .iter()
        .take(KEY_LENGTHS.end() + 1)
        .take_while(is_key)
        .count();
    if KEY_LENGTHS.contains(&length) {
        let start = at + sign + 1;
        found.add(EntityType::AzureKey, start, start + length, Strength::Exact);
    }
}

fn find_client_secret(bytes: &[u8], mark: usize, found: &mut Candidates) {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let before = bytes
        .get(..mark)
        .unwrap_or_default()
        .iter()
        .rev()
        .take(SECRET_BEFORE + 1)
        .take_while(is_part)
        .count();
    let rest = bytes.get(mark + 3..).unwrap_or_default();
    let after = rest
        .iter()
        .take(SECRET_AFTER.end() + 1)
        .take_while(is_part)
        .count();
    if before == SECRET_BEFORE && SECRET_AFTER.contains(&after) {
        found.add(
            EntityType::AzureKey,
            mark - before,
            mark + 3 + after,
            Strength::Exact,
        );
    }
}
