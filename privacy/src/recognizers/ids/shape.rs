//! Ways of writing a number, as short patterns.
//!
//! `9` is a digit, `A` a letter, `X` either; a small letter is that letter, in either case. `{2,5}` repeats what
//! stands before it two to five times. A space, `-`, `.`, `/` and `+` stand for themselves, and `_` for a space or
//! a dash, the same everywhere in the number.

use super::tokens::{Form, Kind};

/// What may stand in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Digit,
    Letter,
    Either,
    Exactly(u8),
}

impl Class {
    const fn of(pattern: u8) -> Self {
        match pattern {
            b'9' => Self::Digit,
            b'A' => Self::Letter,
            b'X' => Self::Either,
            other => Self::Exactly(other.to_ascii_uppercase()),
        }
    }

    /// Whether this byte, a digit or a capital, may stand here.
    pub(super) const fn takes(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_alphabetic(),
            Self::Either => true,
            Self::Exactly(expected) => byte == expected,
        }
    }
}

/// One way of writing, its repetitions counted out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// What may stand in each place of the number without separators.
    pub(super) classes: Vec<Class>,
    /// The separators, first to last.
    pub(super) separators: Vec<u8>,
    /// How many places each group has.
    pub(super) groups: Vec<usize>,
}

impl Shape {
    /// Every shape that a pattern stands for.
    pub(super) fn all(pattern: &str) -> Vec<Self> {
        expand(pattern).iter().map(|plain| Self::plain(plain)).collect()
    }

    fn plain(pattern: &str) -> Self {
        let mut shape = Self {
            classes: Vec::new(),
            separators: Vec::new(),
            groups: vec![0],
        };
        for byte in pattern.bytes() {
            if matches!(byte, b' ' | b'-' | b'.' | b'/' | b'+' | b'_') {
                shape.separators.push(byte);
                shape.groups.push(0);
            } else {
                shape.classes.push(Class::of(byte));
                if let Some(group) = shape.groups.last_mut() {
                    *group += 1;
                }
            }
        }
        shape
    }

    /// The forms that each group may have.
    pub(super) fn forms(&self) -> Vec<Vec<Form>> {
        let mut rest = self.classes.as_slice();
        let mut forms = Vec::new();
        for length in &self.groups {
            let (group, tail) = rest.split_at_checked(*length).unwrap_or((rest, &[]));
            let kinds = [Kind::Digits, Kind::Letters, Kind::Mixed];
            let fitting = kinds.into_iter().filter(|kind| may_be(group, *kind));
            forms.push(
                fitting
                    .map(|kind| Form {
                        length: *length,
                        kind,
                    })
                    .collect(),
            );
            rest = tail;
        }
        forms
    }

    /// Whether a number with these separators is written so.
    pub(super) fn fits(&self, compact: &[u8], separators: &[u8]) -> bool {
        let first_free = self.separators.iter().position(|separator| *separator == b'_');
        let free = first_free.and_then(|at| separators.get(at));
        self.classes.len() == compact.len()
            && self.separators.len() == separators.len()
            && self
                .separators
                .iter()
                .zip(separators)
                .all(|(wanted, seen)| match wanted {
                    b'_' => free == Some(seen) && matches!(seen, b' ' | b'-'),
                    other => other == seen,
                })
            && self
                .classes
                .iter()
                .zip(compact)
                .all(|(class, byte)| class.takes(*byte))
    }
}

fn may_be(group: &[Class], kind: Kind) -> bool {
    let digit = |class: &Class| match class {
        Class::Digit | Class::Either => true,
        Class::Letter => false,
        Class::Exactly(byte) => byte.is_ascii_digit(),
    };
    let letter = |class: &Class| match class {
        Class::Letter | Class::Either => true,
        Class::Digit => false,
        Class::Exactly(byte) => byte.is_ascii_alphabetic(),
    };
    match kind {
        Kind::Digits => group.iter().all(digit),
        Kind::Letters => group.iter().all(letter),
        Kind::Mixed => group.iter().any(digit) && group.iter().any(letter) && group.len() > 1,
    }
}

/// Counts out the repetitions of a pattern: `9{2,3}` is `99` and `999`.
fn expand(pattern: &str) -> Vec<String> {
    let Some((head, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let (counts, tail) = rest.split_once('}').unwrap_or((rest, ""));
    let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
    let count = |text: &str| text.parse::<usize>().unwrap_or(1);
    let repeated = head.chars().next_back().map(String::from).unwrap_or_default();
    let tails = expand(tail);
    (count(least)..=count(most))
        .flat_map(|times| {
            let start = format!("{head}{}", repeated.repeat(times.saturating_sub(1)));
            tails.iter().map(move |tail| format!("{start}{tail}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_counted_out() {
        assert_eq!(expand("A9{2,3}-9"), ["A99-9", "A999-9"]);
        assert_eq!(expand("9{2}A{1,2}"), ["99A", "99AA"]);
        assert_eq!(expand("99"), ["99"]);
    }

    #[test]
    fn classes_and_separators_must_fit() {
        let shape = Shape::plain("de99_9A");
        assert!(shape.fits(b"DE129Z", b" ") && shape.fits(b"DE129Z", b"-"));
        assert!(!shape.fits(b"DF129Z", b" ") && !shape.fits(b"DE129Z", b".") && !shape.fits(b"DE129Z", b""));
        let twice = Shape::plain("9_9_9");
        assert!(twice.fits(b"123", b"--") && !twice.fits(b"123", b"- "));
    }

    #[test]
    fn a_group_of_either_may_have_any_kind() {
        let form = |length, kind| Form { length, kind };
        let any = vec![
            form(2, Kind::Digits),
            form(2, Kind::Letters),
            form(2, Kind::Mixed),
        ];
        assert_eq!(Shape::plain("XX-9").forms(), [any, vec![form(1, Kind::Digits)]]);
        assert_eq!(Shape::plain("A9").forms(), [vec![form(2, Kind::Mixed)]]);
    }
}
