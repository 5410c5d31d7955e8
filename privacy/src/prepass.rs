//! The one pass over a text's bytes that finds the places worth a closer look.

use crate::recognizer::{Group, NumberRun};

/// What the pass does at a byte: nothing, read a number, or wake the owners of that byte.
const NOTHING: u8 = 0;
const DIGIT: u8 = 1;
const FIRST_OWNED: u8 = 2;

/// How many bytes of separators may stand between two groups of one number.
const MAX_SEPARATOR_BYTES: usize = 4;

/// A table of what each byte means.
#[derive(Debug, Clone)]
pub(crate) struct ByteClasses {
    table: [u8; 256],
}

/// A place that the pass stopped at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A digit at this offset.
    Digit(usize),
    /// An owned byte, as the index of its owners and its offset.
    Byte { owners: usize, at: usize },
}

impl ByteClasses {
    /// A table for these owned bytes, which must be no digits; more than 253 are ignored.
    pub(crate) fn new(owned: impl Iterator<Item = u8>) -> Self {
        let mut table = [NOTHING; 256];
        for (class, byte) in (FIRST_OWNED..=u8::MAX).zip(owned) {
            table[usize::from(byte)] = class;
        }
        table[usize::from(b'0')..=usize::from(b'9')].fill(DIGIT);
        Self { table }
    }

    /// The next stop at or after `from`.
    pub(crate) fn next_stop(&self, text: &[u8], from: usize) -> Option<Stop> {
        let rest = text.get(from..)?;
        let at = from
            + rest
                .iter()
                .position(|byte| self.table[usize::from(*byte)] != NOTHING)?;
        let class = self.table[usize::from(*text.get(at)?)];
        if class == DIGIT {
            return Some(Stop::Digit(at));
        }
        Some(Stop::Byte {
            owners: usize::from(class - FIRST_OWNED),
            at,
        })
    }
}

/// Reads the digit groups that start at `start`, and answers where they end.
pub(crate) fn read_run(text: &[u8], start: usize, run: &mut NumberRun) -> usize {
    run.groups.clear();
    run.digit_count = 0;
    let mut at = start;
    loop {
        let end = digits_end(text, at);
        run.groups.push(Group { start: at, end });
        run.digit_count += end - at;
        match next_group(text, end) {
            Some(next) => at = next,
            None => return end,
        }
    }
}

fn digits_end(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(rest.len())
}

/// Where the next group of the same number starts, if only separators stand before it.
fn next_group(text: &[u8], end: usize) -> Option<usize> {
    let mut at = end;
    while at - end <= MAX_SEPARATOR_BYTES {
        match (text.get(at)?, text.get(at + 1)) {
            (b'0'..=b'9', _) => return (at > end).then_some(at),
            // A full stop before a space ends a sentence.
            (b'.', Some(b' ')) => return None,
            (b' ' | b'-' | b'.' | b'/' | b'(' | b')', _) => at += 1,
            // The no-break space, in UTF-8.
            (0xc2, Some(0xa0)) => at += 2,
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<Vec<&str>> {
        let classes = ByteClasses::new([b'@'].into_iter());
        let (mut run, mut from, mut all) = (NumberRun::default(), 0, Vec::new());
        while let Some(Stop::Digit(at)) = classes.next_stop(text.as_bytes(), from) {
            from = read_run(text.as_bytes(), at, &mut run);
            all.push(
                run.groups
                    .iter()
                    .map(|group| &text[group.start..group.end])
                    .collect(),
            );
        }
        all
    }

    #[test]
    fn groups_are_joined_over_separators_only() {
        assert_eq!(runs("call (555) 123-4567 now"), [["555", "123", "4567"]]);
        assert_eq!(runs("3 of 4"), [["3"], ["4"]]);
        assert_eq!(runs("in 2024. 12 more, 5"), [vec!["2024"], vec!["12"], vec!["5"]]);
        assert_eq!(runs("1\u{a0}234"), [["1", "234"]]);
        assert_eq!(runs("1      2"), [["1"], ["2"]]);
        assert!(runs("no numbers").is_empty());
    }

    #[test]
    fn owned_bytes_are_stops() {
        let classes = ByteClasses::new([b'@', b':'].into_iter());
        assert_eq!(
            classes.next_stop(b"ab:c", 0),
            Some(Stop::Byte { owners: 1, at: 2 })
        );
        assert_eq!(classes.next_stop(b"ab:1", 3), Some(Stop::Digit(3)));
        assert_eq!(classes.next_stop(b"plain words", 0), None);
        assert_eq!(classes.next_stop(b"ab", 5), None);
    }
}
