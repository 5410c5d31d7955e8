//! The lines of a text, with as much memory as the longest one that is wanted whole.

use std::io::{self, BufRead, Read};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line, or a piece of one that is too long to be kept whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number in the text, from 1.
    pub(super) number: u64,
    /// Without the line feed at its end.
    pub(super) bytes: &'a [u8],
    /// Whether the line begins with these bytes.
    pub(super) first: bool,
    /// Whether the line ends with them. After a line that ends with the text itself, this may be unknown and false.
    pub(super) last: bool,
}

impl Line<'_> {
    /// Whether it is a whole line.
    pub(super) const fn is_whole(&self) -> bool {
        self.first && self.last
    }
}

/// Reads lines; those longer than the limit come in pieces.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    limit_bytes: usize,
    number: u64,
    within: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(reader: R, limit_bytes: usize) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            limit_bytes,
            number: 0,
            within: false,
        }
    }

    /// The next line or piece; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let first = !self.within;
        self.buffer.clear();
        let most = self.limit_bytes as u64 + 1;
        let read = self
            .reader
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += u64::from(first);
        let ended = self.buffer.pop_if(|byte| *byte == b'\n').is_some();
        let last = ended || (read as u64) < most;
        self.within = !last;
        let mut bytes = self.buffer.as_slice();
        if first && self.number == 1 {
            bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        }
        Ok(Some(Line {
            number: self.number,
            bytes,
            first,
            last,
        }))
    }
}

/// A line of JSON without the white space around it.
pub(super) fn trim_json(line: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = line.iter().position(|byte| !is_space(byte)).unwrap_or(line.len());
    let end = line
        .iter()
        .rposition(|byte| !is_space(byte))
        .map_or(start, |last| last + 1);
    line.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use proptest::prelude::*;

    use super::*;

    type Owned = (u64, String, bool, bool);

    fn all(text: &[u8], limit: usize, buffer: usize) -> Vec<Owned> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, Cursor::new(text)), limit);
        let mut found = Vec::new();
        while let Some(line) = lines.next().expect("memory can be read") {
            found.push((
                line.number,
                String::from_utf8_lossy(line.bytes).into_owned(),
                line.first,
                line.last,
            ));
        }
        found
    }

    fn whole(number: u64, text: &str) -> Owned {
        (number, text.to_owned(), true, true)
    }

    #[test]
    fn lines_are_numbered_and_the_last_needs_no_end() {
        assert_eq!(
            all(b"a\n\r\n\nb", 9, 2),
            [whole(1, "a"), whole(2, "\r"), whole(3, ""), whole(4, "b")]
        );
        assert!(all(b"", 9, 2).is_empty());
        assert_eq!(
            all(b"\xef\xbb\xbf{}\n\xef\xbb\xbf", 9, 4),
            [whole(1, "{}"), whole(2, "\u{feff}")]
        );
    }

    #[test]
    fn a_line_of_the_limit_is_whole_and_a_longer_one_comes_in_pieces() {
        assert_eq!(all(b"abc\nd\n", 3, 2), [whole(1, "abc"), whole(2, "d")]);
        let pieces = all(b"abcdefghij\nk", 3, 2);
        let shape: Vec<_> = pieces
            .iter()
            .map(|(n, text, first, last)| (*n, text.as_str(), *first, *last))
            .collect();
        let expected = [
            (1, "abcd", true, false),
            (1, "efgh", false, false),
            (1, "ij", false, true),
            (2, "k", true, true),
        ];
        assert_eq!(shape, expected);
    }

    #[test]
    fn white_space_around_json_goes_and_other_bytes_stay() {
        assert_eq!(trim_json(b" \t{} \r"), b"{}");
        assert_eq!(trim_json(b" \r\n"), b"");
        assert_eq!(trim_json(b"\x0c1"), b"\x0c1");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_the_limit(text in "[ab\n]{0,60}", limit in 1_usize..8, buffer in 1_usize..8) {
            let text = text.as_bytes();
            let mut again = String::new();
            for (_, piece, _, last) in all(text, limit, buffer) {
                prop_assert!(piece.len() <= limit + 1);
                again += &piece;
                if last { again.push('\n'); }
            }
            let text = String::from_utf8_lossy(text);
            prop_assert_eq!(again.trim_end_matches('\n'), text.trim_end_matches('\n'));
        }
    }
}
