//! Social security numbers: three, two and four digits.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Group, Recognizer, Trigger, ends_word, starts_word},
    test_values::is_sample_ssn,
};

pub(super) struct UsSsn;

impl Recognizer for UsSsn {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::UsSsn]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Digits(9)]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Number(run) = anchor else { return };
        let bytes = text.as_bytes();
        for group in run.groups.iter().filter(|group| group.len() == 9) {
            if stands_alone(bytes, group.start, group.end) {
                found.add_with_context(EntityType::UsSsn, group.start, group.end, Strength::Hint);
            }
        }
        for parts in run.groups.windows(3) {
            let [area, number, serial] = parts else { continue };
            if (area.len(), number.len(), serial.len()) != (3, 2, 4)
                || !stands_alone(bytes, area.start, serial.end)
            {
                continue;
            }
            match separator(bytes, *area, *number, *serial) {
                // nobody's number: by itself it tells of nobody
                Some(b'-') if text.get(area.start..serial.end).is_some_and(is_sample_ssn) => {
                    found.add(EntityType::UsSsn, area.start, serial.end, Strength::Weak);
                }
                Some(b'-') => found.add(EntityType::UsSsn, area.start, serial.end, Strength::Medium),
                Some(b' ' | b'.') => {
                    found.add_with_context(EntityType::UsSsn, area.start, serial.end, Strength::Weak);
                }
                _ => {}
            }
        }
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        let digits: String = matched.chars().filter(char::is_ascii_digit).collect();
        let part = |from, to| digits.get(from..to).unwrap_or_default();
        let refused = matches!(part(0, 3), "000" | "666")
            || part(0, 1) == "9"
            || part(3, 5) == "00"
            || part(5, 9) == "0000";
        if digits.len() != 9 || refused {
            Validity::Invalid
        } else {
            Validity::Unknown
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "ssn",
            "ssns",
            "social",
            "social security",
            "soc sec",
            "ss number",
            "tax id",
            "taxpayer",
        ]
    }

    fn specificity(&self) -> u8 {
        75
    }
}

/// The one byte that stands between the parts, if it is the same in both places.
fn separator(bytes: &[u8], area: Group, number: Group, serial: Group) -> Option<u8> {
    let first = bytes.get(area.end..number.start)?;
    let second = bytes.get(number.end..serial.start)?;
    (first == second && first.len() == 1).then(|| first[0])
}

/// Whether no word, dash or decimal runs into the number or on from it.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let dash_before = start.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'-');
    let goes_on =
        matches!(bytes.get(end), Some(b'-' | b'.')) && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    starts_word(bytes, start) && ends_word(bytes, end) && !dash_before && !goes_on
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid(number: &str) -> bool {
        let item = Candidate::new(EntityType::UsSsn, 0, 0);
        UsSsn.validate(&item, number) != Validity::Invalid
    }

    #[test]
    fn the_structure_rules_hold() {
        assert!(valid("123-45-6789"));
        assert!(valid("899 99 9999"));
        for number in [
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "123-00-4567",
            "123-45-0000",
        ] {
            assert!(!valid(number), "{number}");
        }
        assert!(!valid("") && !valid("123-45-678"));
    }
}
