//! Names of hosts: labels with dots, the last of them a public suffix.
//!
//! File names, methods and versions have dots too. So a name stands for itself anywhere only under a suffix that nothing
//! else ends in, and under a country's and other usual ones where it stands in a text like a word. Under the others it
//! needs a word such as `host` beside it, or right before it where fields of programs are called so.

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
/// Suffixes that are fields and methods in programs or ends of files, so that they need their label.
const FIELDS: [&str; 45] = [
    "name", "id", "in", "is", "to", "do", "as", "my", "next", "open", "show", "run", "map", "zip", "link",
    "page", "call", "host", "date", "now", "new", "top", "int", "py", "rs", "sh", "pl", "md", "cc", "so",
    "ps", "mk", "ml", "la", "ac", "am", "pt", "st", "mov", "vi", "gt", "lt", "ne", "bz", "ms",
];
/// Suffixes of more than two letters that names of sites often have, and fields of programs hardly ever.
const USUAL: [&str; 16] = [
    "app", "dev", "xyz", "tech", "online", "site", "shop", "club", "mobi", "travel", "agency", "academy",
    "berlin", "london", "wien", "nyc",
];
/// First labels of names of packages and modules, many of which are domains turned about.
const PACKAGES: [&str; 16] = [
    "com", "org", "net", "edu", "gov", "java", "javax", "kotlin", "scala", "sys", "std", "os", "io", "fs",
    "np", "operator",
];
/// Words of programs that stand before or after a name that is no domain.
const CODE: [&str; 14] = [
    "import", "from", "return", "use", "using", "let", "const", "var", "def", "class", "module", "package",
    "new", "await",
];
/// How far around a name its neighbours are looked at, in bytes.
const NEIGHBOUR_BYTES: usize = 16;
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
        let end = start + name.len();
        if let Some(strength) = strength(name, || is_word_of_text(bytes, start, end)) {
            let top = name.rsplit('.').next().unwrap_or_default();
            let is_field = FIELDS.iter().any(|field| field.eq_ignore_ascii_case(top));
            found.push(Candidate {
                strength,
                context: if is_field {
                    ContextNeed::Label
                } else {
                    ContextNeed::Optional
                },
                ..Candidate::new(EntityType::Domain, start, end)
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

/// Whether a name stands as words of a text do: white space, quotes or brackets around it, or the punctuation of a
/// sentence after it, and no words of a program beside it.
fn is_word_of_text(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = bytes
        .get(start.saturating_sub(NEIGHBOUR_BYTES)..start)
        .unwrap_or_default();
    let after = bytes
        .get(end..bytes.len().min(end + NEIGHBOUR_BYTES))
        .unwrap_or_default();
    let opens = |byte: &u8| byte.is_ascii_whitespace() || b"([<\"'*|,;>".contains(byte);
    let closes = |byte: &u8| byte.is_ascii_whitespace() || b")]<>\"'*|,;.!?".contains(byte);
    let next = after
        .iter()
        .position(|byte| !byte.is_ascii_whitespace() && !b")]\"'".contains(byte));
    let is_program = match next.and_then(|at| after.get(at..)) {
        Some([b'.', method, ..]) => method.is_ascii_alphanumeric(),
        Some([first, ..]) => b"={(+".contains(first),
        _ => false,
    };
    let word_of = |byte: &u8| !byte.is_ascii_alphabetic();
    let last = before.trim_ascii_end().rsplit(word_of).next().unwrap_or_default();
    let first = after.trim_ascii_start().split(word_of).next().unwrap_or_default();
    let is_code = |word: &[u8]| CODE.iter().any(|known| known.as_bytes() == word);
    let is_import = first == b"import" || (is_code(last) && last != b"from");
    before.last().is_none_or(opens) && after.first().is_none_or(closes) && !is_program && !is_import
}

/// How much a name says; nothing if it cannot be one.
fn strength(name: &str, is_word: impl FnOnce() -> bool) -> Option<Strength> {
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
    let is_listed = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(top));
    let first = name.split('.').next().unwrap_or_default();
    let is_site = first.len() > 1 && first.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_usual = (top.len() == 2 || is_listed(&USUAL)) && !is_listed(&FIELDS);
    let is_usual = is_usual && is_site && !PACKAGES.contains(&first);
    Some(if plain || registered || (is_usual && is_word()) {
        Strength::Medium
    } else {
        Strength::Hint
    })
}
