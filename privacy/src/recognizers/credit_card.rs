//! Payment cards: an issuer's range, a length that the issuer uses, and the Luhn digit.

use vault_domain::EntityType;

use super::checksum::{luhn, number};
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Group, Recognizer, Trigger, ends_word, starts_word},
};

const MIN_DIGITS: usize = 12;
const MAX_DIGITS: usize = 19;
/// The most groups that a card is written in: `2131 0000 0000 0000 000`.
const MAX_GROUPS: usize = 5;

pub(super) struct CreditCard;

impl Recognizer for CreditCard {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::CreditCard]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(MIN_DIGITS)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let bytes = text.as_bytes();
        let mut from = 0;
        while let Some(groups) = run.groups.get(from..).filter(|groups| !groups.is_empty()) {
            let Some((count, usual)) = card_groups(bytes, groups) else {
                from += 1;
                continue;
            };
            let (start, end) = (groups[0].start, groups[count - 1].end);
            match usual {
                Usual::Yes if count > 1 && !is_embossed(&groups[..count]) => {
                    found.add_with_context(EntityType::CreditCard, start, end, Strength::Weak);
                }
                Usual::Yes if count > 1 => found.add(EntityType::CreditCard, start, end, Strength::Strong),
                Usual::Yes => found.add(EntityType::CreditCard, start, end, Strength::Medium),
                Usual::No => found.add_with_context(EntityType::CreditCard, start, end, Strength::Weak),
            }
            from += count;
        }
    }

    /// What became a candidate has passed [`is_card`] already.
    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Valid
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "card",
            "cards",
            "credit",
            "credit card",
            "debit",
            "debit card",
            "visa",
            "mastercard",
            "amex",
            "american express",
            "discover",
            "jcb",
            "maestro",
            "unionpay",
            "diners",
            "cc",
            "pan",
            "karte",
            "carte",
            "tarjeta",
        ]
    }

    fn specificity(&self) -> u8 {
        80
    }
}

/// Whether a card of this length is common enough to stand without context.
#[derive(Clone, Copy)]
enum Usual {
    Yes,
    No,
}

/// The most groups from the first one that make a card.
fn card_groups(bytes: &[u8], groups: &[Group]) -> Option<(usize, Usual)> {
    let first = groups.first()?;
    let decimal_before = first.start.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'.')
        && first
            .start
            .checked_sub(2)
            .and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit);
    let dash_before =
        matches!(bytes.get(..first.start), Some([.., before, b'-']) if before.is_ascii_alphanumeric());
    if first.len() > MAX_DIGITS || decimal_before || dash_before || !starts_word(bytes, first.start) {
        return None;
    }
    let (mut digits, mut best) = (Vec::with_capacity(MAX_DIGITS), None);
    for (index, group) in groups.iter().take(MAX_GROUPS).enumerate() {
        let joined = index == 0 || (group.len() >= 2 && is_joined(bytes, groups, index));
        if !joined || digits.len() + group.len() > MAX_DIGITS {
            break;
        }
        digits.extend_from_slice(bytes.get(group.start..group.end)?);
        let fraction =
            bytes.get(group.end) == Some(&b'.') && bytes.get(group.end + 1).is_some_and(u8::is_ascii_digit);
        let dash_after = bytes.get(group.end) == Some(&b'-')
            && bytes.get(group.end + 1).is_some_and(u8::is_ascii_alphanumeric);
        // Cards are embossed in fours, or as 4-6-4 and 4-6-5.
        let embossed =
            index == 0 || (first.len() == 4 && groups.iter().take(index + 1).all(|group| group.len() <= 6));
        if !fraction
            && embossed
            && !dash_after
            && ends_word(bytes, group.end)
            && let Some(usual) = is_card(&digits)
        {
            best = Some((index + 1, usual));
        }
    }
    best
}

/// Whether the groups are those of a card: fours and a rest, or 4-6-4 and 4-6-5. Others are rather cells of a table.
fn is_embossed(groups: &[Group]) -> bool {
    let Some((last, others)) = groups.split_last() else {
        return false;
    };
    let fours = others.iter().all(|group| group.len() == 4) && last.len() <= 4;
    let fifteen = matches!(groups, [first, middle, last] if first.len() == 4 && middle.len() == 6 && (4..=5).contains(&last.len()));
    fours || fifteen
}

/// Whether this group follows by one space or dash, the same as between the groups before.
fn is_joined(bytes: &[u8], groups: &[Group], index: usize) -> bool {
    let separator =
        |index: usize| -> Option<&[u8]> { bytes.get(groups.get(index - 1)?.end..groups.get(index)?.start) };
    matches!(separator(index), Some(b" " | b"-" | b"\xc2\xa0")) && separator(index) == separator(1)
}

/// Whether the digits are a card of a known issuer.
fn is_card(digits: &[u8]) -> Option<Usual> {
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()) || !luhn(digits) {
        return None;
    }
    // A card with hardly a digit but zero is a placeholder.
    if digits.iter().filter(|digit| **digit != b'0').count() < 3 {
        return None;
    }
    issuer_allows(digits)
}

fn issuer_allows(digits: &[u8]) -> Option<Usual> {
    let prefix = number(digits.get(..4)?)?;
    let usual = |fits: bool| if fits { Some(Usual::Yes) } else { None };
    let length = digits.len();
    match prefix {
        // Visa; 13 and 19 digits are rare.
        4000..=4999 => match length {
            16 => Some(Usual::Yes),
            13 | 19 => Some(Usual::No),
            _ => None,
        },
        // Mastercard.
        5100..=5599 | 2221..=2720 => usual(length == 16),
        // American Express, and the two oldest ranges of JCB.
        3400..=3499 | 3700..=3799 | 2131 | 1800 => usual(length == 15),
        // JCB, Discover, UnionPay.
        3528..=3589 | 6011 | 6440..=6599 | 6200..=6299 | 8100..=8171 => usual((16..=19).contains(&length)),
        // Diners Club.
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => match length {
            14 => Some(Usual::Yes),
            15..=19 => Some(Usual::No),
            _ => None,
        },
        // Maestro; its ranges are wide, so that only the usual length stands alone.
        5000..=5099 | 5600..=5899 | 6000..=6999 => Some(if length == 16 { Usual::Yes } else { Usual::No }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepass::read_run;
    use crate::recognizer::NumberRun;

    fn found(text: &str) -> Vec<&str> {
        let (mut candidates, mut run) = (Candidates::default(), NumberRun::default());
        let at = text.find(|character: char| character.is_ascii_digit()).unwrap();
        read_run(text.as_bytes(), at, &mut run);
        CreditCard.find(text, Anchor::Number(&run), &mut candidates);
        candidates
            .items
            .iter()
            .map(|item| &text[item.start..item.end])
            .collect()
    }

    /// The prefix, zeros with a nine in between, and the digit that makes Luhn's sum right.
    fn card(prefix: &str, length: usize) -> String {
        let body = format!("{prefix}{}9", "0".repeat(length - prefix.len() - 2));
        let complete = (0..10).map(|check| format!("{body}{check}"));
        complete.filter(|card| luhn(card.as_bytes())).collect()
    }

    #[test]
    fn each_issuer_is_known_with_its_lengths() {
        let issuers = [
            ("412", 16),
            ("51", 16),
            ("2221", 16),
            ("2720", 16),
            ("34", 15),
            ("37", 15),
            ("6011", 16),
            ("65", 19),
            ("3528", 16),
            ("2131", 15),
            ("1800", 15),
            ("3055", 14),
            ("36", 14),
            ("62", 16),
            ("62", 19),
            ("5018", 16),
            ("5018", 12),
            ("6304", 19),
            ("412", 13),
        ];
        for (prefix, length) in issuers {
            let card = card(prefix, length);
            assert_eq!(found(&card), [card.as_str()]);
        }
        for (prefix, length) in [
            ("412", 15),
            ("51", 15),
            ("2721", 16),
            ("2220", 16),
            ("34", 16),
            ("2131", 16),
            ("9", 16),
        ] {
            assert!(found(&card(prefix, length)).is_empty(), "{prefix} {length}");
        }
    }

    #[test]
    fn groups_join_over_one_kind_of_separator() {
        assert_eq!(found("4111 1111 1111 1111 12/25 123"), ["4111 1111 1111 1111"]);
        assert_eq!(found("12 4111-1111-1111-1111"), ["4111-1111-1111-1111"]);
        assert_eq!(found("3782 822463 10005"), ["3782 822463 10005"]);
        assert!(found("4111 1111-1111 1111").is_empty());
        assert!(found("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1").is_empty());
    }

    #[test]
    fn wrong_check_digits_decimals_and_words_are_none() {
        for text in [
            "4111111111111112",
            "0.4111111111111111",
            "4111111111111111.5",
            "x4111111111111111",
            "0000000000000000",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
