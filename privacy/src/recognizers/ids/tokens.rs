//! Tokens of letters and digits, and codes that are written in several of them.

use std::ops::Range;

/// The longest code that any shape describes, without separators.
pub(super) const MAX_CODE_BYTES: usize = 34;
/// The longest word that may be the first group of a code.
const MAX_WORD_BYTES: usize = 6;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Digits,
    Letters,
    Mixed,
}

/// The length and the kind of a token: what the tree's branches are named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    pub(super) length: usize,
    pub(super) kind: Kind,
}

/// A run of ASCII letters and digits, as byte offsets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    kind: Kind,
}

impl Token {
    /// The token at these offsets.
    pub(super) fn read(text: &[u8], start: usize, end: usize) -> Self {
        let bytes = text.get(start..end).unwrap_or_default();
        let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        let kind = match digits {
            0 => Kind::Letters,
            all if all == bytes.len() => Kind::Digits,
            _ => Kind::Mixed,
        };
        Self { start, end, kind }
    }

    pub(super) const fn form(self) -> Form {
        Form {
            length: self.end - self.start,
            kind: self.kind,
        }
    }
}

/// The groups of a code as they were read so far.
#[derive(Debug)]
pub(super) struct Code {
    compact: [u8; MAX_CODE_BYTES],
    length: usize,
    separators: [u8; MAX_CODE_BYTES],
    separator_count: usize,
    has_small_letters: bool,
}

impl Default for Code {
    fn default() -> Self {
        Self {
            compact: [0; MAX_CODE_BYTES],
            length: 0,
            separators: [0; MAX_CODE_BYTES],
            separator_count: 0,
            has_small_letters: false,
        }
    }
}

impl Code {
    /// Adds a token; what is too long for any shape is cut.
    pub(super) fn push(&mut self, text: &[u8], token: Token) {
        for byte in text.get(token.start..token.end).unwrap_or_default() {
            let Some(slot) = self.compact.get_mut(self.length) else {
                return;
            };
            *slot = byte.to_ascii_uppercase();
            self.has_small_letters |= byte.is_ascii_lowercase();
            self.length += 1;
        }
    }

    /// Adds what stands between two tokens.
    pub(super) fn separate(&mut self, separator: u8) {
        if let Some(slot) = self.separators.get_mut(self.separator_count) {
            *slot = separator;
            self.separator_count += 1;
        }
    }

    /// The code without separators, its letters as capitals.
    pub(super) fn compact(&self) -> &[u8] {
        self.compact.get(..self.length).unwrap_or_default()
    }

    /// What stands between the groups; a no-break space counts as a space.
    pub(super) fn separators(&self) -> &[u8] {
        self.separators.get(..self.separator_count).unwrap_or_default()
    }

    /// Whether it is several groups of digits with spaces between them.
    pub(super) fn is_spaced_digits(&self) -> bool {
        self.separator_count > 0
            && self.separators().iter().all(|separator| *separator == b' ')
            && self.compact().iter().all(u8::is_ascii_digit)
    }

    pub(super) const fn has_small_letters(&self) -> bool {
        self.has_small_letters
    }
}

/// Whether more digits stand before or after a code, with a space between.
pub(super) fn is_in_row(text: &[u8], code: &Range<usize>) -> bool {
    let before = text.get(..code.start).unwrap_or_default();
    let after = text.get(code.end..).unwrap_or_default();
    matches!(before, [.., b'0'..=b'9', b' ']) || matches!(after, [b' ', b'0'..=b'9', ..])
}

/// The next token, if one separator alone stands before it, and that separator.
pub(super) fn next(text: &[u8], token: Token) -> Option<(u8, Token)> {
    let (separator, start) = match (text.get(token.end)?, text.get(token.end + 1)?) {
        (0xc2, 0xa0) => (b' ', token.end + 2),
        (byte @ (b' ' | b'-' | b'.' | b'/' | b'+'), _) => (*byte, token.end + 1),
        _ => return None,
    };
    let rest = text.get(start..)?;
    let length = rest
        .iter()
        .take(MAX_CODE_BYTES + 1)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    (1..=MAX_CODE_BYTES)
        .contains(&length)
        .then(|| (separator, Token::read(text, start, start + length)))
}

/// The word right before a token, with one separator between them.
pub(super) fn word_before(text: &[u8], start: usize) -> Option<Token> {
    let end = match text.get(..start)? {
        [.., 0xc2, 0xa0] => start - 2,
        [.., b' ' | b'-' | b'.' | b'/'] => start - 1,
        _ => return None,
    };
    let before = text.get(..end)?;
    let length = letters_before(before);
    (1..=MAX_WORD_BYTES)
        .contains(&length)
        .then(|| Token::read(text, end - length, end))
}

/// How many letters stand at the end, up to one more than a word may have.
fn letters_before(before: &[u8]) -> usize {
    before
        .iter()
        .rev()
        .take(MAX_WORD_BYTES + 1)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count()
}

/// Whether a code may start here: nothing runs into it, except a short label as in `BSN-111222333`.
pub(super) fn starts(text: &[u8], start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let is_money = before.ends_with("£".as_bytes()) || before.ends_with("€".as_bytes());
    let Some((last, rest)) = before.split_last() else {
        return true;
    };
    if last.is_ascii_alphanumeric() || b"_@$%\\".contains(last) || is_money {
        return false;
    }
    if !b"-./+".contains(last) {
        return true;
    }
    match rest.last() {
        Some(byte) if byte.is_ascii_digit() || *byte == b'_' => false,
        Some(byte) if byte.is_ascii_alphabetic() => is_label(rest),
        _ => *last != b'.',
    }
}

/// Whether the last word is short, all letters, and stands for itself.
fn is_label(before: &[u8]) -> bool {
    let length = letters_before(before);
    let ahead = before.len() - length;
    let runs_in = ahead
        .checked_sub(1)
        .and_then(|at| before.get(at))
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-./+@".contains(byte));
    length <= MAX_WORD_BYTES && !runs_in
}

/// Whether a code may end here: nothing runs on from it.
pub(super) fn ends(text: &[u8], end: usize) -> bool {
    let after = |at: usize| text.get(end + at);
    let goes_on = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    match after(0) {
        Some(byte) if byte.is_ascii_alphanumeric() || b"_@%=".contains(byte) => false,
        // A calculation goes on with an equals sign.
        Some(b' ') => after(1) != Some(&b'='),
        Some(b'-' | b'+' | b'/') => !goes_on(after(1)),
        Some(b'.') => !after(1).is_some_and(u8::is_ascii_digit),
        _ => true,
    }
}
