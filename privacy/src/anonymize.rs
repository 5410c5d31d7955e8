//! Operators that take findings out of a text.

use vault_domain::EntityType;

use crate::{detection::Detection, offsets::OffsetUnit, offsets::to_unit};

mod hash;
mod mask;

pub use hash::HashKey;

/// What takes the place of a finding.
#[derive(Debug, Clone)]
pub enum Strategy {
    /// `[REDACTED]`, whatever it was.
    Redact,
    /// The finding with its characters starred, so that its shape and length stay visible.
    ///
    /// Of cards, phone numbers, bank accounts, social security and passport numbers with eight letters and digits or
    /// more, the last four stay. ASCII punctuation and spaces stay, except in secrets, where only white space does.
    Mask,
    /// `[EMAIL:3f2a90c41b5d7e68]`: the type and 64 bits of a keyed hash, so that equal findings stay equal.
    Hash(HashKey),
    /// `<EMAIL>`: the type.
    Replace,
}

/// The text with each finding replaced.
///
/// Detections may come in any order. Where two overlap, the later one stands for what the earlier one leaves of it;
/// what lies past the end of the text, and empty ones, are passed over.
#[must_use]
pub fn anonymize_text(text: &str, detections: &[Detection], strategy: &Strategy) -> String {
    let mut findings = to_unit(text, detections, OffsetUnit::Utf8);
    findings.sort_unstable_by_key(|finding| (finding.start, finding.end));
    let mut result = String::with_capacity(text.len());
    let mut copied_to = 0;
    for finding in findings {
        let start = finding.start.max(copied_to);
        let Some(matched) = text.get(start..finding.end).filter(|matched| !matched.is_empty()) else {
            continue;
        };
        result.push_str(text.get(copied_to..start).unwrap_or_default());
        substitute(&mut result, finding.entity_type, matched, strategy);
        copied_to = finding.end;
    }
    result.push_str(text.get(copied_to..).unwrap_or_default());
    result
}

fn substitute(result: &mut String, kind: EntityType, matched: &str, strategy: &Strategy) {
    match strategy {
        Strategy::Redact => result.push_str("[REDACTED]"),
        Strategy::Mask => mask::push_masked(result, kind, matched),
        Strategy::Hash(key) => {
            result.push('[');
            result.push_str(&placeholder(kind));
            result.push(':');
            result.push_str(&key.digest(kind, matched));
            result.push(']');
        }
        Strategy::Replace => {
            result.push('<');
            result.push_str(&placeholder(kind));
            result.push('>');
        }
    }
}

fn placeholder(kind: EntityType) -> String {
    kind.as_str().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::prop, prop_assert_eq, proptest};

    use super::*;
    use crate::confidence::Confidence;

    fn finding(entity_type: EntityType, start: usize, end: usize) -> Detection {
        Detection {
            entity_type,
            start,
            end,
            confidence: Confidence::from_percent(95),
            custom: None,
            test_value: false,
        }
    }

    #[test]
    fn each_strategy_leaves_its_own_mark() {
        let (text, found) = ("I 😀 a@b.cd!", [finding(EntityType::Email, 4, 10)]);
        assert_eq!(
            anonymize_text(text, &found, &Strategy::Redact),
            "I 😀 [REDACTED]!"
        );
        assert_eq!(anonymize_text(text, &found, &Strategy::Replace), "I 😀 <EMAIL>!");
        assert_eq!(anonymize_text(text, &found, &Strategy::Mask), "I 😀 *@*.**!");
        let hashed = anonymize_text(text, &found, &Strategy::Hash(HashKey::from_bytes([7; 32])));
        assert!(
            hashed.starts_with("I 😀 [EMAIL:") && hashed.ends_with("]!"),
            "{hashed}"
        );
        assert_eq!(
            hashed.chars().count(),
            "I 😀 [EMAIL:0123456789abcdef]!".chars().count()
        );
    }

    #[test]
    fn overlaps_disorder_and_wild_offsets_leak_nothing() {
        let found = [
            finding(EntityType::Phone, 3, 6),
            finding(EntityType::Email, 0, 4),
            finding(EntityType::Email, 9, 4),
            finding(EntityType::Email, 90, 99),
        ];
        assert_eq!(
            anonymize_text("abcdefgh", &found, &Strategy::Replace),
            "<EMAIL><PHONE>gh"
        );
    }

    proptest! {
        #[test]
        fn every_character_outside_findings_stays_and_none_inside(
            text in "[a-zé😀]{0,30}", spans in prop::collection::vec((0_usize..32, 0_usize..32), 0..5)
        ) {
            let found: Vec<_> = spans.iter().map(|(a, b)| finding(EntityType::Jwt, *a, *b)).collect();
            let result = anonymize_text(&text, &found, &Strategy::Replace);
            let covered = |at: usize| spans.iter().any(|(a, b)| (*a..*b).contains(&at));
            let kept: String =
                text.chars().enumerate().filter(|(at, _)| !covered(*at)).map(|(_, c)| c).collect();
            prop_assert_eq!(result.replace("<JWT>", ""), kept);
        }
    }
}
