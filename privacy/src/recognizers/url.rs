//! Web addresses: a scheme and `://`, or `www.`.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, is_word_byte, starts_word},
};

/// Longer addresses are cut here.
const MAX_URL_BYTES: usize = 2048;
const SCHEMES: [&str; 6] = ["http", "https", "ftp", "ftps", "ws", "wss"];

pub(super) struct Url;

impl Recognizer for Url {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::Url]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Literals(&["://", "www.", "WWW."])]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Literal(at) = anchor else { return };
        let bytes = text.as_bytes();
        let is_www = bytes.get(at) != Some(&b':');
        let (start, host) = if is_www {
            (at, at + 4)
        } else {
            (scheme_start(bytes, at), at + 3)
        };
        if !starts_word(bytes, start) || !bytes.get(host).is_some_and(|byte| is_host_start(*byte)) {
            return;
        }
        let end = url_end(bytes, start);
        found.examined(end);
        let shown = text.get(start..end).unwrap_or_default();
        if is_www && !shown.get(4..).is_some_and(|rest| rest.contains('.')) {
            return;
        }
        found.add(EntityType::Url, start, end, Strength::Strong);
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        match matched.split_once("://") {
            Some((scheme, _)) if SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) => {
                Validity::Unknown
            }
            Some(_) => Validity::Invalid,
            None => Validity::Unknown,
        }
    }

    fn specificity(&self) -> u8 {
        60
    }
}

fn scheme_start(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or_default();
    at - before
        .iter()
        .rev()
        .take(6)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count()
}

/// A host starts with a letter, a digit, or the bracket of an IPv6 address.
fn is_host_start(byte: u8) -> bool {
    is_word_byte(byte) || byte == b'[' || !byte.is_ascii()
}

/// Walks to white space, a quote or a bracket, then back over the punctuation of the sentence.
fn url_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let stops =
        |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"<>`\\^{|}".contains(byte);
    let mut length = rest
        .iter()
        .take(MAX_URL_BYTES)
        .position(stops)
        .unwrap_or(rest.len().min(MAX_URL_BYTES));
    // Cutting may have landed within a character.
    while rest.get(length).is_some_and(|byte| (0x80..0xc0).contains(byte)) {
        length -= 1;
    }
    let opened = rest[..length].contains(&b'(');
    let listed = rest[..length].contains(&b'[');
    while let Some(last) = rest.get(..length).and_then(<[u8]>::last) {
        let trails = b".,;:!?'*".contains(last) || (*last == b')' && !opened) || (*last == b']' && !listed);
        if !trails {
            break;
        }
        length -= 1;
    }
    start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut candidates = Candidates::default();
        for literal in ["://", "www."] {
            for (at, _) in text.match_indices(literal) {
                Url.find(text, Anchor::Literal(at), &mut candidates);
            }
        }
        let valid = |item: &&Candidate| Url.validate(item, &text[item.start..item.end]) != Validity::Invalid;
        candidates
            .items
            .iter()
            .filter(valid)
            .map(|item| &text[item.start..item.end])
            .collect()
    }

    #[test]
    fn addresses_end_before_the_sentence_goes_on() {
        assert_eq!(
            found("see https://example.com/a?b=c#d, ok"),
            ["https://example.com/a?b=c#d"]
        );
        assert_eq!(found("(HTTP://x.org)."), ["HTTP://x.org"]);
        assert_eq!(
            found("https://en.wikipedia.org/wiki/A_(b)"),
            ["https://en.wikipedia.org/wiki/A_(b)"]
        );
        assert_eq!(found("go to www.example.com."), ["www.example.com"]);
        assert_eq!(found("http://[2001:db8::1]/"), ["http://[2001:db8::1]/"]);
    }

    #[test]
    fn other_schemes_and_bare_ones_are_none() {
        for text in [
            "file://x",
            "http://",
            "http:// x",
            "://",
            "www.",
            "www.x",
            "xwww.a.bc",
            "std::http",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_long_address_is_cut_between_characters() {
        for pad in 0..4 {
            let text = format!("http://{}{}", "a".repeat(pad), "é€😀".repeat(1000));
            assert_eq!(found(&text).len(), 1);
        }
    }
}
