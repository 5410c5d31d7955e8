//! Names of hosts: labels with dots, the last of them a public suffix.
//!
//! File names, methods and versions have dots too. So a name stands for itself only under a suffix that nothing else
//! ends in; under the others it needs a word such as `host` beside it.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, ContextNeed, Recognizer, Trigger},
};

/// The longest name (RFC 1035).
const MAX_NAME_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;
/// Suffixes that hardly anything but a domain ends in.
const PLAIN: [&str; 13] = [
    "com", "org", "net", "edu", "gov", "mil", "biz", "info", "eu", "de", "fr", "nl", "uk",
];
/// Suffixes that are fields and methods in programs, so that they need their label.
const FIELDS: [&str; 24] = [
    "name", "id", "in", "is", "to", "do", "as", "my", "next", "open", "show", "run", "map", "zip", "link",
    "page", "call", "host", "date", "now", "new", "top", "int", "py",
];
/// What fields and methods of programs are of.
const OBJECTS: [&str; 8] = [
    "self", "this", "cls", "super", "log", "logger", "logging", "console",
];

pub(super) struct Domain;

impl Recognizer for Domain {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::Domain]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Bytes(b".")]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Byte(at) = anchor else { return };
        let bytes = text.as_bytes();
        let letter_after = bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        let letter_before = at
            .checked_sub(1)
            .and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_alphanumeric);
        if !letter_after || !letter_before {
            return;
        }
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        let before = bytes.get(..at).unwrap_or_default();
        let start = at
            - before
                .iter()
                .rev()
                .take(MAX_LABEL_BYTES + 1)
                .take_while(is_name)
                .count();
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.iter().take(MAX_NAME_BYTES + 1).take_while(is_name).count();
        found.examined(start + length);
        let Some(name) = text.get(start..start + length) else {
            return;
        };
        let name = name.trim_end_matches(['.', '-']);
        let runs = |byte: Option<&u8>, joins: &[u8]| {
            byte.is_some_and(|byte| joins.contains(byte) || !byte.is_ascii())
        };
        let joined_before = runs(
            start.checked_sub(1).and_then(|at| bytes.get(at)),
            b"_@/\\:.$#~%&=?+",
        );
        let joined_after = runs(bytes.get(start + name.len()), b"_@\\(:<{[!/");
        if joined_before || joined_after || name.len() > MAX_NAME_BYTES {
            return;
        }
        if let Some(strength) = strength(name) {
            let top = name.rsplit('.').next().unwrap_or_default();
            let is_field = FIELDS.iter().any(|field| field.eq_ignore_ascii_case(top));
            found.push(Candidate {
                strength,
                context: if is_field {
                    ContextNeed::Label
                } else {
                    ContextNeed::Optional
                },
                ..Candidate::new(EntityType::Domain, start, start + name.len())
            });
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "domain",
            "domains",
            "host",
            "hostname",
            "dns",
            "website",
            "web site",
            "site",
            "visit",
            "subdomain",
            "nslookup",
            "whois",
            "ping",
            "webseite",
        ]
    }

    fn specificity(&self) -> u8 {
        30
    }
}

/// How much a name says; nothing if it cannot be one.
fn strength(name: &str) -> Option<Strength> {
    let fits = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL_BYTES
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = name.rsplit('.').next()?;
    let one_case = !name.bytes().any(|byte| byte.is_ascii_uppercase())
        || !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_member = name
        .split('.')
        .next()
        .is_some_and(|first| OBJECTS.contains(&first));
    if is_member || !name.split('.').all(fits) || top.bytes().any(|byte| byte.is_ascii_digit()) || !one_case {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let suffix = psl::suffix(lower.as_bytes()).filter(psl::Suffix::is_known)?;
    // A suffix alone is nobody's domain.
    if suffix.as_bytes().len() >= lower.len() {
        return None;
    }
    let plain = PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(top));
    let registered = suffix.as_bytes().contains(&b'.') && suffix.typ() == Some(psl::Type::Icann);
    Some(if plain || registered {
        Strength::Medium
    } else {
        Strength::Hint
    })
}
