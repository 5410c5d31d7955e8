//! Sees through look-alikes: full-width and mathematical letters and digits, digits of other scripts, dashes and
//! spaces of all widths, and characters that show nothing.
//!
//! A text of ASCII alone is never copied, and another one only where it holds something to fold. What is found in the
//! folded text is told as offsets of the original.

use unicode_normalization::UnicodeNormalization;

/// The zeros of the scripts that count in tens; nine digits follow each (Unicode, general category Nd).
const ZEROS: [u32; 38] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
    0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x11066, 0x1e950,
];

/// A text as the recognizers shall see it.
pub(crate) struct Folded {
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

/// A stretch of the folded text, and what of the original it stands for.
#[derive(Debug, Clone, Copy)]
struct Piece {
    folded: usize,
    original: usize,
    /// The length of the original character; zero where the stretch is a copy.
    replaced: usize,
}

impl Folded {
    /// The folded text; nothing if there is nothing to fold.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if text.is_ascii() {
            return None;
        }
        let mut folded: Option<Self> = None;
        let mut copied_to = 0;
        let mut before = '\0';
        for (at, character) in text.char_indices().filter(|(_, character)| !character.is_ascii()) {
            if at != copied_to {
                before = text
                    .get(..at)
                    .and_then(|text| text.chars().next_back())
                    .unwrap_or('\0');
            }
            let fold = fold(character, before);
            before = character;
            let Some(fold) = fold else { continue };
            let out = folded.get_or_insert_with(|| Self {
                text: String::with_capacity(text.len()),
                pieces: Vec::new(),
            });
            out.copy(text, copied_to, at);
            out.replace(fold, at, character.len_utf8());
            copied_to = at + character.len_utf8();
        }
        if let Some(out) = &mut folded {
            out.copy(text, copied_to, text.len());
        }
        folded
    }

    fn copy(&mut self, text: &str, from: usize, to: usize) {
        if from < to {
            self.pieces.push(Piece {
                folded: self.text.len(),
                original: from,
                replaced: 0,
            });
            self.text.push_str(text.get(from..to).unwrap_or_default());
        }
    }

    fn replace(&mut self, fold: Fold, at: usize, length: usize) {
        let piece = Piece {
            folded: self.text.len(),
            original: at,
            replaced: length,
        };
        match fold {
            Fold::Nothing => return,
            Fold::One(byte) => self.text.push(byte),
            Fold::Compatible(character) => self.text.extend(std::iter::once(character).nfkc()),
        }
        self.pieces.push(piece);
    }

    /// The original bytes that a stretch of the folded text stands for.
    pub(crate) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.piece(start);
        let last = self.piece(end.saturating_sub(1));
        let start = if first.replaced > 0 {
            first.original
        } else {
            first.original + start - first.folded
        };
        let end = if last.replaced > 0 {
            last.original + last.replaced
        } else {
            last.original + end - last.folded
        };
        (start, end)
    }

    fn piece(&self, at: usize) -> Piece {
        let next = self.pieces.partition_point(|piece| piece.folded <= at);
        let start = Piece {
            folded: 0,
            original: 0,
            replaced: 0,
        };
        next.checked_sub(1)
            .and_then(|index| self.pieces.get(index))
            .copied()
            .unwrap_or(start)
    }
}

/// What a character is seen as.
#[derive(Clone, Copy)]
enum Fold {
    Nothing,
    One(char),
    Compatible(char),
}

/// How a character is folded after another; nothing if it stays.
fn fold(character: char, before: char) -> Option<Fold> {
    match character {
        // Soft hyphen, joiners, marks of direction, the byte order mark, variation selectors.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' => Some(Fold::Nothing),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(Fold::One(' ')),
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => Some(Fold::One('-')),
        '\u{ff01}'..='\u{ff5e}'
        | '\u{fb00}'..='\u{fb06}'
        | '\u{1d400}'..='\u{1d7ff}'
        | '\u{fe50}'..='\u{fe6b}' => Some(Fold::Compatible(character)),
        // A raised digit after a word or a number is a note or a power.
        '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{2070}'..='\u{208e}' | '\u{2460}'..='\u{24e9}' => {
            let folds = !before.is_ascii_alphanumeric() && is_plain(character);
            folds.then_some(Fold::Compatible(character))
        }
        _ if u32::from(character) >= 0x660 => digit(character).map(Fold::One),
        _ => None,
    }
}

/// Whether it is compatible with one ASCII letter or digit.
fn is_plain(character: char) -> bool {
    let mut folded = std::iter::once(character).nfkc();
    folded.next().is_some_and(|first| first.is_ascii_alphanumeric()) && folded.next().is_none()
}

fn digit(character: char) -> Option<char> {
    let code = u32::from(character);
    let next = ZEROS.partition_point(|zero| *zero <= code);
    let zero = next.checked_sub(1).and_then(|index| ZEROS.get(index))?;
    char::from_digit(code - zero, 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Option<String> {
        Folded::of(text).map(|folded| folded.text)
    }

    #[test]
    fn look_alikes_become_what_they_look_like() {
        for (text, seen) in [
            ("１２３－４５", "123-45"),
            ("٤١١١ ۱۲۳ ४५", "4111 123 45"),
            ("jo\u{200b}@\u{ad}x.de", "jo@x.de"),
            ("𝟏𝟐𝟑 𝐀𝐁", "123 AB"),
            ("1\u{a0}2\u{202f}3\u{2013}4", "1 2 3-4"),
            ("ｊｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "jo@example.com"),
            ("①②③", "123"),
        ] {
            assert_eq!(folded(text).as_deref(), Some(seen), "{text}");
        }
        for text in ["plain", "Müller", "x²", "注①は", "日本語", "—"] {
            assert!(
                folded(text).is_none_or(|seen| seen == text || text.contains('①')),
                "{text}"
            );
        }
    }

    #[test]
    fn a_stretch_stands_for_the_original_without_what_shows_nothing() {
        let text = "é \u{200b}１２\u{200b}３\u{200b}x";
        let folded = Folded::of(text).unwrap();
        let start = folded.text.find("123").unwrap();
        let (start, end) = folded.original(start, start + 3);
        assert_eq!(text.get(start..end), Some("１２\u{200b}３"));
    }

    proptest! {
        #[test]
        fn offsets_stay_between_characters(text in "[a1é\u{200b}１𝟏٣ﬁ ①-]{0,30}") {
            if let Some(folded) = Folded::of(&text) {
                let bounds: Vec<usize> = folded.text.char_indices().map(|(at, _)| at).chain([folded.text.len()]).collect();
                for pair in bounds.windows(2) {
                    let (start, end) = folded.original(pair[0], pair[1]);
                    prop_assert!(start < end && text.is_char_boundary(start) && text.is_char_boundary(end));
                }
            }
        }
    }
}
