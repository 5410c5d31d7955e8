//! Email addresses: an `@` between a local part and a domain.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

/// The longest local part (RFC 5321).
const MAX_LOCAL_BYTES: usize = 64;
/// The longest domain (RFC 1035).
const MAX_DOMAIN_BYTES: usize = 253;
/// The longest label of a domain.
const MAX_LABEL_BYTES: usize = 63;
/// Ends of file names that stand where a top-level domain would: `logo@2x.png`.
const FILE_ENDINGS: [&str; 10] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "html", "json",
];

pub(super) struct Email;

impl Recognizer for Email {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::Email]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Bytes(b"@")]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Byte(at) = anchor else { return };
        let bytes = text.as_bytes();
        let Some(start) = local_start(bytes, at) else {
            return;
        };
        let Some(end) = domain_end(bytes, at + 1) else {
            return;
        };
        // An scp address, as in `git clone git@host:path`, names a repository, not a person.
        let is_scp = bytes.get(end) == Some(&b':') && bytes.get(start..at) == Some(b"git");
        found.add(
            EntityType::Email,
            start,
            end,
            if is_scp { Strength::Hint } else { Strength::Exact },
        );
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        let Some((_, domain)) = matched.rsplit_once('@') else {
            return Validity::Invalid;
        };
        let top = domain.rsplit('.').next().unwrap_or_default();
        let is_file = FILE_ENDINGS.iter().any(|ending| top.eq_ignore_ascii_case(ending));
        if is_file {
            Validity::Invalid
        } else {
            Validity::Unknown
        }
    }

    fn specificity(&self) -> u8 {
        70
    }
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// Walks left over the local part; nothing if it is empty, too long or dotted wrongly.
fn local_start(bytes: &[u8], at: usize) -> Option<usize> {
    let before = bytes.get(..at)?;
    let length = before
        .iter()
        .rev()
        .take(MAX_LOCAL_BYTES + 1)
        .take_while(|byte| is_local(**byte))
        .count();
    if length > MAX_LOCAL_BYTES || before.last() == Some(&b'.') {
        return None;
    }
    let mut start = at - length;
    // What precedes the address in its sentence is not part of it: quotes, dots, slashes, `to=`.
    let local = bytes.get(start..at)?;
    if let Some(sign) = (0..local.len())
        .rev()
        .find(|sign| b"`=/?&|{}*!#$%^".contains(&local[*sign]) || is_quote(local, *sign))
    {
        start += sign + 1;
    }
    start += bytes
        .get(start..at)?
        .iter()
        .take_while(|byte| b".~-+".contains(byte))
        .count();
    let local = bytes.get(start..at)?;
    let doubled = local.windows(2).any(|pair| pair == b"..");
    (!local.is_empty() && !doubled).then_some(start)
}

/// Whether an apostrophe is a quote: within a name, as in `o'neil`, letters stand on both sides of it.
fn is_quote(local: &[u8], at: usize) -> bool {
    let letter = |at: Option<usize>| {
        at.and_then(|at| local.get(at))
            .is_some_and(u8::is_ascii_alphabetic)
    };
    local[at] == b'\'' && !(letter(at.checked_sub(1)) && letter(at.checked_add(1)))
}

/// Walks right over the domain; nothing if it has no dot or a label that cannot be.
fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let is_domain =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || !byte.is_ascii();
    let run = rest
        .iter()
        .take(MAX_DOMAIN_BYTES + 1)
        .take_while(|byte| is_domain(byte))
        .count();
    let mut domain = rest.get(..run)?;
    // Top-level domains are ASCII letters here: what follows them is the sentence going on.
    let mut end = 0;
    let mut offset = 0;
    for (index, label) in domain.split(|byte| *byte == b'.').enumerate() {
        let letters = label.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let fits = !label.is_empty() && label.len() <= MAX_LABEL_BYTES && !label.starts_with(b"-");
        if !fits {
            break;
        }
        let stops = letters == label.len()
            || label
                .get(letters)
                .is_some_and(|byte| !byte.is_ascii() || *byte == b'-');
        if index > 0 && letters >= 2 && stops {
            end = offset + letters;
        }
        if label.ends_with(b"-") {
            break;
        }
        offset += label.len() + 1;
    }
    domain = domain.get(..end)?;
    (!domain.is_empty()).then_some(start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut candidates = Candidates::default();
        for (at, _) in text.match_indices('@') {
            Email.find(text, Anchor::Byte(at), &mut candidates);
        }
        let valid =
            |item: &&Candidate| Email.validate(item, &text[item.start..item.end]) != Validity::Invalid;
        candidates
            .items
            .iter()
            .filter(valid)
            .map(|item| &text[item.start..item.end])
            .collect()
    }

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        assert_eq!(
            found("write to jo.doe+x@mail.example.co.uk."),
            ["jo.doe+x@mail.example.co.uk"]
        );
        assert_eq!(
            found("<jo@example.com>, 'al@b.io'"),
            ["jo@example.com", "al@b.io"]
        );
        assert_eq!(found("mail=jo@example.com&x=1"), ["jo@example.com"]);
        assert_eq!(found("jo@example.com。お願い"), ["jo@example.com"]);
        assert_eq!(found("联系jo@example.com联系"), ["jo@example.com"]);
        assert_eq!(found("jo@münchen.de"), ["jo@münchen.de"]);
        assert_eq!(found("jo@example.com-"), ["jo@example.com"]);
    }

    #[test]
    fn what_only_has_an_at_sign_is_none() {
        for text in [
            "@",
            "a@",
            "@b.cd",
            "a@b",
            "a@b.c",
            "a@.com",
            "a..b@c.de",
            "a.@c.de",
            "x@2x.png",
            "a@-b.de",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert!(found(&format!("{}@example.com", "a".repeat(65))).is_empty());
    }
}
