//! Tables within a text: the cell at the top of a column names what stands in it.

use memchr::memchr_iter;

/// What parts the cells of a line.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// So many spaces end a line, as a line break does: what stands behind them has nothing to do with it.
const GAP_SPACES: usize = 64;
/// The longest line of a table, in bytes.
const MAX_LINE_BYTES: usize = 1024;
/// How far above a cell the top of its column may begin, in bytes.
const MAX_TABLE_BYTES: usize = 16 * 1024;
/// How much of the top of a column is read, in bytes.
const MAX_HEADER_BYTES: usize = 48;
/// How much may stand between a value and the border of its cell, in bytes.
const MAX_PADDING_BYTES: usize = 32;

/// The lines of a text, found when a table is first asked for.
#[derive(Debug, Default)]
pub(super) struct Tables {
    lines: Vec<Line>,
    is_read: bool,
}

#[derive(Debug, Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    /// How many of each delimiter it has.
    counts: [u16; DELIMITERS.len()],
    /// For each delimiter, the first of the lines right above it that have as many.
    tops: [u32; DELIMITERS.len()],
}

impl Tables {
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.is_read = false;
    }

    /// The top of the column whose cell holds this and nothing else.
    pub(super) fn header<'t>(&mut self, text: &'t [u8], start: usize, end: usize) -> Option<&'t str> {
        let delimiter = delimiter_around(text, start, end)?;
        if !self.is_read {
            self.read(text);
        }
        let after = self.lines.partition_point(|line| line.start <= start);
        let line = self.lines.get(after.checked_sub(1)?)?;
        let sign = *DELIMITERS.get(delimiter)?;
        let top = self.lines.get(line.tops[delimiter] as usize)?;
        let is_table = top.start < line.start && line.start - top.start <= MAX_TABLE_BYTES;
        if !is_table || line.end - line.start > MAX_LINE_BYTES || top.end - top.start > MAX_LINE_BYTES {
            return None;
        }
        let column = memchr_iter(sign, text.get(line.start..start)?).count();
        let mut cells = text.get(top.start..top.end)?.split(|byte| *byte == sign);
        named(cells.nth(column)?)
    }

    fn read(&mut self, text: &[u8]) {
        self.is_read = true;
        let mut start = 0;
        while start < text.len() {
            let rest = text.get(start..).unwrap_or_default();
            let (length, next) = line_length(rest);
            self.push(text, start, start + length);
            start += next;
        }
    }

    fn push(&mut self, text: &[u8], start: usize, end: usize) {
        let line = text.get(start..end).unwrap_or_default();
        let mut counts = [0_u16; DELIMITERS.len()];
        for (count, sign) in counts.iter_mut().zip(DELIMITERS) {
            *count = u16::try_from(memchr_iter(sign, line).count()).unwrap_or(u16::MAX);
        }
        // a line that a gap ends is followed by none
        let above = self
            .lines
            .last()
            .filter(|above| text.get(above.end) == Some(&b'\n'));
        let own = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        let mut tops = [own; DELIMITERS.len()];
        if let Some(above) = above {
            for (at, top) in tops.iter_mut().enumerate() {
                if counts[at] > 0 && counts[at] == above.counts[at] {
                    *top = above.tops[at];
                }
            }
        }
        self.lines.push(Line {
            start,
            end,
            counts,
            tops,
        });
    }
}

/// How long the line is that begins here, and where the next one does.
fn line_length(rest: &[u8]) -> (usize, usize) {
    let mut spaces = 0;
    for (at, byte) in rest.iter().enumerate() {
        if *byte == b'\n' {
            return (at, at + 1);
        }
        if *byte == b' ' {
            spaces += 1;
            continue;
        }
        if spaces >= GAP_SPACES {
            return (at - spaces, at);
        }
        spaces = 0;
    }
    let end = rest.len() - if spaces >= GAP_SPACES { spaces } else { 0 };
    (end, rest.len())
}

/// Which delimiter a cell has on both sides, or on one where its line begins or ends on the other.
fn delimiter_around(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let is_padding = |byte: &&u8| matches!(**byte, b' ' | b'"' | b'\'' | b'*' | b'`' | b'\r');
    let mut before = text.get(..start)?.iter().rev().take(MAX_PADDING_BYTES);
    let mut after = text.get(end..)?.iter().take(MAX_PADDING_BYTES);
    let (left, right) = (
        before.find(|byte| !is_padding(byte)),
        after.find(|byte| !is_padding(byte)),
    );
    let number = |byte: &u8| DELIMITERS.iter().position(|sign| sign == byte);
    let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == b'\n');
    match (left.and_then(number), right.and_then(number)) {
        (Some(left), Some(right)) if left == right => Some(left),
        (Some(left), None) if is_end(right) => Some(left),
        (None, Some(right)) if is_end(left) => Some(right),
        _ => None,
    }
}

/// The end of a cell that may name a column: it has letters and no digits.
fn named(cell: &[u8]) -> Option<&str> {
    let cell = cell.trim_ascii();
    let mut from = cell.len().saturating_sub(MAX_HEADER_BYTES);
    while cell.get(from).is_some_and(|byte| byte & 0xc0 == 0x80) {
        from += 1;
    }
    let name = str::from_utf8(cell.get(from..)?).ok()?;
    let is_name = name.chars().any(char::is_alphabetic) && !name.bytes().any(|byte| byte.is_ascii_digit());
    is_name.then_some(name)
}
