//! Private keys in armor, from `-----BEGIN` to `-----END ...-----`, or as far as a key that was cut off goes.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
/// The longest label, as in `ENCRYPTED PRIVATE KEY`.
const MAX_LABEL_BYTES: usize = 40;
/// Only what is longer than this is a part of a key, and not its heading alone.
const MIN_CUT_BYTES: usize = 16;
/// So much white space ends a key that was cut off: what stands behind it is another text. Indented lines have less.
const MAX_SPACE_BYTES: usize = 128;

pub(super) struct PrivateKey;

impl Recognizer for PrivateKey {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::PrivateKey]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Literals(&["-----BEGIN "])]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Literal(start) = anchor else { return };
        let bytes = text.as_bytes();
        let Some(label) = label_at(bytes, start + BEGIN.len()) else {
            return;
        };
        if !label.windows(11).any(|eleven| eleven == b"PRIVATE KEY") {
            return;
        }
        let body = start + BEGIN.len() + label.len() + 5;
        let body_end = body_end(bytes, body);
        found.examined(body_end);
        let closing = bytes
            .get(body_end..)
            .filter(|rest| rest.starts_with(END))
            .map(|_| body_end + END.len());
        let end = closing.and_then(|at| label_at(bytes, at).map(|label| at + label.len() + 5));
        if let Some(end) = end {
            found.add(EntityType::PrivateKey, start, end, Strength::Exact);
            return;
        }
        let cut = trim_end(bytes, body, body_end);
        if cut > body + MIN_CUT_BYTES {
            found.add(EntityType::PrivateKey, start, cut, Strength::Strong);
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn specificity(&self) -> u8 {
        95
    }
}

/// The label that starts here, up to its five dashes.
fn label_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?;
    let is_label = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
    let length = rest
        .iter()
        .take(MAX_LABEL_BYTES)
        .take_while(|byte| is_label(byte))
        .count();
    rest.get(length..)?
        .starts_with(b"-----")
        .then(|| rest.get(..length))
        .flatten()
}

/// Walks over base64, armor headers, white space and the escapes that stand for it.
fn body_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let belongs = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=\\:,.()_".contains(&byte)
    };
    let (mut at, mut spaces) = (0, 0);
    while let Some(byte) = rest.get(at) {
        spaces = if byte.is_ascii_whitespace() { spaces + 1 } else { 0 };
        if spaces > MAX_SPACE_BYTES {
            break;
        }
        // Armor headers hold single dashes: `DEK-Info: AES-128-CBC`.
        let dash = *byte == b'-' && !rest.get(at..).unwrap_or_default().starts_with(b"-----");
        if !belongs(*byte) && !dash {
            break;
        }
        at += 1;
    }
    from + at
}

/// Goes back over the white space after a cut key.
fn trim_end(bytes: &[u8], from: usize, end: usize) -> usize {
    let body = bytes.get(from..end).unwrap_or_default();
    from + body
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace())
        .map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut candidates = Candidates::default();
        for (at, _) in text.match_indices("-----BEGIN ") {
            if at >= candidates.examined_to {
                PrivateKey.find(text, Anchor::Literal(at), &mut candidates);
            }
        }
        candidates
            .items
            .iter()
            .map(|item| &text[item.start..item.end])
            .collect()
    }

    #[test]
    fn a_block_is_one_finding_from_begin_to_end() {
        for label in [
            "RSA PRIVATE KEY",
            "PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "PGP PRIVATE KEY BLOCK",
        ] {
            let block = format!(
                "-----BEGIN {label}-----\nProc-Type: 4,ENCRYPTED\n\nMIIEow+/=\n-----END {label}-----"
            );
            assert_eq!(found(&format!("x {block} y")), [block.as_str()]);
            let escaped = block.replace('\n', "\\n");
            assert_eq!(found(&escaped), [escaped.as_str()]);
        }
    }

    #[test]
    fn a_key_that_was_cut_off_is_found_as_far_as_it_goes() {
        let cut = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
        assert_eq!(found(&format!("{cut}\n")), [cut]);
        let far = format!("{cut}{}and words", " ".repeat(MAX_SPACE_BYTES + 1));
        assert_eq!(found(&far), [cut]);
        assert!(found("-----BEGIN PRIVATE KEY-----").is_empty());
    }

    #[test]
    fn public_keys_and_certificates_are_none() {
        assert!(
            found("-----BEGIN PUBLIC KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PUBLIC KEY-----")
                .is_empty()
        );
        assert!(
            found("-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END CERTIFICATE-----")
                .is_empty()
        );
    }
}
