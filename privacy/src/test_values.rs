//! Values that are known to be nobody's: printed in manuals, or set aside for tests and documentation.
//!
//! A finding of one is reported like any other, and flagged: who looks for leaks passes over it, who anonymizes does not.

use std::net::IpAddr;

use vault_domain::EntityType;

use crate::{detection::Detection, fold::Folded};

mod numbers;
mod phones;

use numbers::{CARDS, IBANS, SAMPLE_SSNS};

/// Domains that nobody can own, by RFC 2606 and RFC 6761.
const RESERVED_DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];
const RESERVED_ENDINGS: [&str; 4] = ["example", "test", "invalid", "localhost"];
/// The keys of AWS's manuals.
const AWS_EXAMPLE: &str = "EXAMPLE";
/// The header and the claims of the token that jwt.io shows.
const JWT_EXAMPLE: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.";

/// Flags the findings of a text, whose offsets are bytes.
pub(crate) fn flag_test_values(text: &str, found: &mut [Detection]) {
    for finding in found {
        let matched = text.get(finding.start..finding.end).unwrap_or_default();
        finding.test_value = match Folded::of(matched) {
            None => is_test_value(finding.entity_type, matched),
            Some(folded) => is_test_value(finding.entity_type, &folded.text),
        };
    }
}

/// Whether it is a social security number that was printed on sample cards and in advertisements.
pub(crate) fn is_sample_ssn(text: &str) -> bool {
    SAMPLE_SSNS.contains(&digits(text).as_str())
}

fn is_test_value(kind: EntityType, text: &str) -> bool {
    match kind {
        EntityType::UsSsn => is_sample_ssn(text),
        EntityType::CreditCard => is_test_card(&digits(text)),
        EntityType::Iban => IBANS.contains(&code(text).as_str()),
        EntityType::IpAddress => text.parse().is_ok_and(is_documentation),
        EntityType::MacAddress => code(text).starts_with("00005E0053"),
        EntityType::Email => text.rsplit('@').next().is_some_and(is_reserved),
        EntityType::Domain => is_reserved(text),
        EntityType::Url => host(text).is_some_and(is_reserved),
        EntityType::Phone => phones::is_fictional(text),
        EntityType::AwsAccessKey => text.ends_with(AWS_EXAMPLE),
        EntityType::AwsSecretKey => text.ends_with("EXAMPLEKEY"),
        EntityType::StripeKey => text.get(2..).is_some_and(|rest| rest.starts_with("_test_")),
        EntityType::Jwt => text.starts_with(JWT_EXAMPLE),
        // the range that the NHS keeps for tests
        EntityType::UkNhs => digits(text).starts_with("999"),
        EntityType::CaSin => digits(text) == "046454286",
        EntityType::UsNpi => digits(text) == "1234567893",
        EntityType::Imei => digits(text) == "490154203237518",
        EntityType::Vin => matches!(code(text).as_str(), "1M8GDM9AXKP042788" | "11111111111111111"),
        _ => false,
    }
}

fn is_test_card(digits: &str) -> bool {
    // the issuer number that processors keep for cards of their own making
    digits.starts_with("400000") || CARDS.contains(&digits)
}

fn is_documentation(address: IpAddr) -> bool {
    match address {
        // RFC 5737, and RFC 2544 for benchmarks
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            address.is_documentation() || (a == 198 && (b == 18 || b == 19))
        }
        // RFC 3849 and RFC 9637
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000)
        }
    }
}

fn is_reserved(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let below = |parent: &str| {
        let rest = domain.strip_suffix(parent);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    RESERVED_DOMAINS.into_iter().chain(RESERVED_ENDINGS).any(below)
}

/// The host of a web address, which may begin without a scheme.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    host.split(':').next()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The letters and digits, in capitals.
fn code(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|character| character.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_is_known_and_its_neighbours_are_not() {
        for (kind, test_value, other) in [
            (EntityType::UsSsn, "078-05-1120", "078-05-1121"),
            (
                EntityType::CreditCard,
                "4242 4242 4242 4242",
                "4532 0151 1283 0366",
            ),
            (EntityType::CreditCard, "3782-822463-10005", "3782-822463-10013"),
            (
                EntityType::Iban,
                "GB29 NWBK 6016 1331 9268 19",
                "GB94 BARC 1020 1530 0934 59",
            ),
            (EntityType::IpAddress, "203.0.113.9", "203.0.114.9"),
            (EntityType::IpAddress, "2001:db8::1", "2001:db9::1"),
            (EntityType::IpAddress, "3fff:fff::1", "3fff:1000::1"),
            (EntityType::MacAddress, "00-00-5e-00-53-AF", "00-00-5e-00-52-AF"),
            (EntityType::Email, "jo@mail.Example.com", "jo@myexample.com"),
            (EntityType::Email, "jo@corp.test", "jo@corp.contest"),
            (EntityType::Domain, "www.example.org", "www.example.de"),
            (
                EntityType::Url,
                "https://jo:x@example.com:80/a",
                "https://acme.com/example.com",
            ),
            (EntityType::Phone, "+1 212-555-0123", "+1 212-555-0223"),
            (
                EntityType::AwsAccessKey,
                "AKIAIOSFODNN7EXAMPLE",
                "AKIAIOSFODNN7EXAMPLA",
            ),
            (EntityType::UkNhs, "999 000 0018", "943 476 5919"),
        ] {
            assert!(is_test_value(kind, test_value), "{test_value}");
            assert!(!is_test_value(kind, other), "{other}");
        }
    }
}
