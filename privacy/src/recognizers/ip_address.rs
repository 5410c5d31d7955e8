//! IPv4 and IPv6 addresses.
//!
//! An address that any network may use (private, loopback, link-local) or none (documentation, broadcast, reserved)
//! points to nobody by itself: it is weak, and reported by default only with a word of context.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{
        Anchor, Candidate, Candidates, NumberRun, Recognizer, Trigger, ends_word, follows_label,
        is_word_byte, starts_word,
    },
};

/// The longest IPv6 text: eight groups, the last two as IPv4.
const MAX_V6_BYTES: usize = 45;

pub(super) struct IpAddress;

impl Recognizer for IpAddress {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::IpAddress]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(4), Trigger::Bytes(b":")]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        match anchor {
            Anchor::Number(run) => find_v4(text, run, found),
            Anchor::Byte(at) => find_v6(text, at, found),
            _ => {}
        }
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        match matched.parse::<IpAddr>() {
            Ok(_) => Validity::Unknown,
            Err(_) => Validity::Invalid,
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "ip",
            "ips",
            "ip address",
            "ipv4",
            "ipv6",
            "logged in from",
            "client address",
            "remote address",
            "remote addr",
        ]
    }

    fn specificity(&self) -> u8 {
        55
    }
}

fn find_v4(text: &str, run: &NumberRun, found: &mut Candidates) {
    let bytes = text.as_bytes();
    let dotted = |from: usize, to: usize| bytes.get(from..to) == Some(b".");
    let mut index = 0;
    while let Some(parts) = run.groups.get(index..index + 4) {
        let (start, end) = (parts[0].start, parts[3].end);
        let joined = parts.windows(2).all(|pair| dotted(pair[0].end, pair[1].start));
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let goes_on = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        let alone = starts_word(bytes, start) && ends_word(bytes, end) && before != Some(&b'.') && !goes_on;
        let address = text
            .get(start..end)
            .filter(|_| joined && alone)
            .and_then(|text| text.parse().ok());
        index += 1;
        if let Some(address) = address.filter(|_| !follows_version(bytes, start)) {
            found.add(EntityType::IpAddress, start, end, v4_strength(address));
            index += 3;
        }
    }
}

/// Whether the word before is `version` or the like: then four numbers are no address.
fn follows_version(bytes: &[u8], start: usize) -> bool {
    let before = bytes
        .get(start.saturating_sub(9)..start)
        .unwrap_or_default()
        .to_ascii_lowercase();
    ["version ", "version: ", "release ", "build ", "ver. ", "ver "]
        .iter()
        .any(|word| before.ends_with(word.as_bytes()))
}

fn v4_strength(address: Ipv4Addr) -> Strength {
    let [a, b, ..] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (18..20).contains(&b);
    let nobody = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || shared
        || benchmark
        || a == 0
        || a >= 240;
    // Small numbers in every place are rather a version or a section.
    let [.., last] = address.octets();
    let sectionlike = address.octets().iter().take(3).all(|octet| *octet < 30) && last < 100;
    if nobody || sectionlike {
        Strength::Weak
    } else {
        Strength::Strong
    }
}

fn find_v6(text: &str, at: usize, found: &mut Candidates) {
    let bytes = text.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    let next = bytes.get(at + 1);
    if !next.is_some_and(is_part) || follows_label(bytes, at + 1) {
        return;
    }
    let before = bytes.get(..at).unwrap_or_default();
    let left = before
        .iter()
        .rev()
        .take(5)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let start = at - left;
    let rest = bytes.get(start..).unwrap_or_default();
    let mut length = rest
        .iter()
        .take(MAX_V6_BYTES + 1)
        .take_while(|byte| is_part(byte) || **byte == b'.')
        .count();
    found.examined(start + length);
    // Full stops and single colons at the end belong to the sentence.
    while rest
        .get(..length)
        .is_some_and(|all| all.ends_with(b".") || (all.ends_with(b":") && !all.ends_with(b"::")))
    {
        length -= 1;
    }
    let end = start + length;
    let colon_before = start
        .checked_sub(1)
        .and_then(|at| bytes.get(at))
        .is_some_and(|byte| is_word_byte(*byte) || *byte == b':')
        && !follows_label(bytes, start);
    if left > 4 || colon_before || !ends_word(bytes, end) {
        return;
    }
    let Some(address) = text
        .get(start..end)
        .and_then(|text| text.parse::<Ipv6Addr>().ok())
    else {
        return;
    };
    let full = text
        .get(start..end)
        .is_some_and(|text| text.matches(':').count() >= 5);
    found.add(EntityType::IpAddress, start, end, v6_strength(address, full));
}

/// Short forms such as `a::b` also name things in programs.
fn v6_strength(address: Ipv6Addr, full: bool) -> Strength {
    let first = address.segments()[0];
    let global = (0x2000..0x4000).contains(&first);
    let documentation = first == 0x2001 && address.segments()[1] == 0x0db8;
    let local = address.is_loopback()
        || address.is_unspecified()
        || address.is_unicast_link_local()
        || address.is_unique_local();
    match (documentation || local, full || global) {
        (true, _) => Strength::Weak,
        (false, true) => Strength::Strong,
        (false, false) => Strength::Hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepass::read_run;

    fn found(text: &str) -> Vec<(&str, Strength)> {
        let mut candidates = Candidates::default();
        let mut run = NumberRun::default();
        let mut read_to = 0;
        for (at, character) in text.char_indices() {
            if character.is_ascii_digit() && at >= read_to {
                read_to = read_run(text.as_bytes(), at, &mut run);
                IpAddress.find(text, Anchor::Number(&run), &mut candidates);
            }
        }
        for (at, _) in text.match_indices(':') {
            if candidates.examined_to <= at {
                IpAddress.find(text, Anchor::Byte(at), &mut candidates);
            }
        }
        candidates
            .items
            .iter()
            .map(|item| (&text[item.start..item.end], item.strength))
            .collect()
    }

    #[test]
    fn addresses_of_both_kinds_are_found() {
        assert_eq!(found("from 81.2.69.160."), [("81.2.69.160", Strength::Strong)]);
        assert_eq!(
            found("2001:4860:4860::8888 up"),
            [("2001:4860:4860::8888", Strength::Strong)]
        );
        let full = "92f3:a40d:cc3e:6ad7:5cd1:87d7:633:247";
        assert_eq!(found(full), [(full, Strength::Strong)]);
        assert_eq!(found("81.2.69.160 81.2.69.161").len(), 2);
    }

    #[test]
    fn addresses_of_nobody_are_weak() {
        for text in [
            "10.0.0.1",
            "127.0.0.1",
            "203.0.113.9",
            "255.255.255.255",
            "2001:db8::1:2:3",
            "fe80::1:2",
            "::1",
        ] {
            assert_eq!(found(text), [(text, Strength::Weak)], "{text}");
        }
    }

    #[test]
    fn versions_times_and_paths_are_none() {
        for text in [
            "1.2.3",
            "version 81.2.69.160",
            "1.2.3.4.5",
            "v81.2.69.160",
            "300.2.69.160",
            "12:30:45",
            "std::io::x",
            "a:b",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
