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
        let end = url_end(text, start);
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

/// Walks to what no address holds or to the start of the next one, then back over the punctuation of the sentence.
fn url_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let shown = rest
        .get(..rest.floor_char_boundary(MAX_URL_BYTES))
        .unwrap_or_default();
    let mut brackets = Brackets::default();
    let mut length = shown.len();
    for (at, character) in shown.char_indices() {
        if stops(character) || !brackets.fits(character) || next_starts(shown, at) {
            length = at;
            break;
        }
    }
    let kept = shown.get(..length).unwrap_or_default();
    start
        + kept
            .trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '(', '['])
            .len()
}

/// White space, quotes, brackets and punctuation that stand in no address (RFC 3986 and RFC 3987), those of other scripts
/// too.
fn stops(character: char) -> bool {
    matches!(
        character,
        '"' | '<' | '>' | '`' | '\\' | '^' | '{' | '|' | '}' | '\u{ab}' | '\u{bb}' | '\u{fffd}'
            | '\u{2010}'..='\u{205e}'
            | '\u{3000}'..='\u{303f}'
            | '\u{ff00}'..='\u{ff0f}'
            | '\u{ff1a}'..='\u{ff20}'
            | '\u{ff3b}'..='\u{ff40}'
            | '\u{ff5b}'..='\u{ff65}'
    ) || character.is_whitespace()
        || character.is_control()
}

/// Brackets that were opened within the address: one that was not belongs to the text around it.
#[derive(Default)]
struct Brackets {
    round: usize,
    square: usize,
}

impl Brackets {
    fn fits(&mut self, character: char) -> bool {
        let open = match character {
            '(' | ')' => &mut self.round,
            '[' | ']' => &mut self.square,
            _ => return true,
        };
        let left = match character {
            '(' | '[' => open.checked_add(1),
            _ => open.checked_sub(1),
        };
        left.map(|left| *open = left).is_some()
    }
}

/// Whether a sign that separates the addresses of a list stands here and the next one after it, or a sign of the sentence
/// and a letter of another script, which is not set apart by a space.
fn next_starts(shown: &str, at: usize) -> bool {
    let Some([b',' | b';' | b'!', next @ ..]) = shown.as_bytes().get(at..) else {
        return false;
    };
    let is_next = |scheme: &&str| {
        let start = next.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    !next.first().is_none_or(u8::is_ascii) || ["http://", "https://", "www."].iter().any(is_next)
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
        assert_eq!(found("(see http://x.org/A_(b))"), ["http://x.org/A_(b)"]);
    }

    #[test]
    fn punctuation_of_other_scripts_and_the_next_address_are_no_part_of_one() {
        assert_eq!(found("详见https://例.cn/路。"), ["https://例.cn/路"]);
        assert_eq!(found("“http://x.org/a”…"), ["http://x.org/a"]);
        assert_eq!(
            found("[http://x.org](http://x.org/b)"),
            ["http://x.org", "http://x.org/b"]
        );
        assert_eq!(
            found("http://x.org,https://y.org;www.z.org"),
            ["http://x.org", "https://y.org", "www.z.org"]
        );
        let archived = "https://web.archive.org/web/2020/https://x.org/a,b";
        assert_eq!(found(archived).first(), Some(&archived));
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
