//! How old a person is: a number beside words for years of life.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, ends_word, starts_word},
};

/// Nobody has lived longer.
const MAX_AGE: u32 = 125;
/// Words that follow the number.
const AFTER: &[&str] = &[
    "years old",
    "year old",
    "years-old",
    "year-old",
    "yrs old",
    "yr old",
    "yo",
    "y/o",
    "y.o",
    "years of age",
    "jahre alt",
    "ans",
    "años",
    "anni",
    "lat",
    "jaar oud",
];
/// Words that stand before it.
const BEFORE: &[&str] = &["age", "aged", "alter", "leeftijd", "edad", "âge", "età", "wiek"];

pub(super) struct Age;

impl Recognizer for Age {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::Age]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[
            Trigger::Words(AFTER),
            Trigger::Words(BEFORE),
            Trigger::FieldName(&["age", "alter", "edad"]),
        ]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        match anchor {
            Anchor::Field if is_age(text) => found.add(EntityType::Age, 0, text.len(), Strength::Medium),
            Anchor::Word { start, end } => {
                let word = text.get(start..end).unwrap_or_default().to_lowercase();
                if BEFORE.contains(&word.as_str()) {
                    // `max-age` is about something else.
                    let joined = matches!(
                        start.checked_sub(1).and_then(|at| text.as_bytes().get(at)),
                        Some(b'-' | b'_')
                    );
                    if !joined {
                        find_after(text, end, found);
                    }
                } else {
                    find_before(text, start, end, found);
                }
            }
            _ => {}
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "patient",
            "i am",
            "i'm",
            "i’m",
            "my age",
            "male",
            "female",
            "diagnosed",
            "ich bin",
            "j'ai",
            "tengo",
            "ho",
            "mam",
            "ik ben",
        ]
    }

    fn specificity(&self) -> u8 {
        25
    }
}

fn is_age(text: &str) -> bool {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.parse::<u32>().is_ok_and(|age| age <= MAX_AGE)
}

/// `age: 47`: said like an entry in a form it is one; `aged 47` may be a cheese.
fn find_after(text: &str, end: usize, found: &mut Candidates) {
    let rest = text.get(end..).unwrap_or_default();
    let gap = rest
        .bytes()
        .take(3)
        .take_while(|byte| b" :=".contains(byte))
        .count();
    let signed = matches!(rest.get(..gap), Some(":" | ": " | "="));
    let start = end + gap;
    let digits = rest
        .bytes()
        .skip(gap)
        .take(4)
        .take_while(u8::is_ascii_digit)
        .count();
    let shown = text.get(start..start + digits).unwrap_or_default();
    let decimal = text.as_bytes().get(start + digits) == Some(&b'.')
        && text
            .as_bytes()
            .get(start + digits + 1)
            .is_some_and(u8::is_ascii_digit);
    let counts_on = matches!(
        text.as_bytes().get(start + digits..start + digits + 2),
        Some([b' ', b'+' | b'-' | b'*' | b'/' | b'=' | b'x'])
    );
    if gap > 0 && !counts_on && is_age(shown) && ends_word(text.as_bytes(), start + digits) && !decimal {
        let strength = if signed { Strength::Medium } else { Strength::Hint };
        found.add(EntityType::Age, start, start + digits, strength);
    }
}

/// `47 years old`, `47-year-old`: the words belong to the finding.
fn find_before(text: &str, start: usize, end: usize, found: &mut Candidates) {
    let bytes = text.as_bytes();
    let before = bytes.get(..start).unwrap_or_default();
    let gap = usize::from(matches!(before.last(), Some(b' ' | b'-')));
    let number_end = start - gap;
    let digits = before
        .get(..number_end)
        .unwrap_or_default()
        .iter()
        .rev()
        .take(4)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let from = number_end - digits;
    let decimal = matches!(
        from.checked_sub(1).and_then(|at| bytes.get(at)),
        Some(b'.' | b',' | b'$' | b'/' | b'>')
    );
    if text.get(from..number_end).is_some_and(is_age) && starts_word(bytes, from) && !decimal {
        found.add(EntityType::Age, from, end, Strength::Weak);
    }
}
