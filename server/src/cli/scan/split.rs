//! Where the items of a JSON array end, and the records of a CSV file: found byte by byte, in memory for one of them.

use std::io::{self, BufRead};

/// The longest item or record that is kept whole.
pub(super) const MAX_PIECE_BYTES: usize = 16 * 1024 * 1024;

/// An item or a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// The line that it begins in, from 1.
    pub(super) line: u64,
    /// Whether it is all there; otherwise it is too long, and goes on in the reader.
    pub(super) is_whole: bool,
}

/// What a byte means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It belongs to the piece.
    Take,
    /// It ends the piece, and belongs to it.
    TakeLast,
    /// It ends the piece, and belongs to none.
    Between,
    /// It ends the last piece, and belongs to none.
    End,
}

/// A rule for where pieces end.
pub(super) trait Rule {
    /// What the next byte means.
    fn step(&mut self, byte: u8) -> Step;
}

/// The next piece by a rule; `line` is counted on. None when the reader is at its end, or the rule has ended.
pub(super) fn next_piece(
    reader: &mut impl BufRead,
    rule: &mut impl Rule,
    line: &mut u64,
) -> io::Result<Option<Piece>> {
    let mut piece = Piece {
        bytes: Vec::new(),
        line: *line,
        is_whole: true,
    };
    loop {
        let available = reader.fill_buf()?;
        if available.is_empty() {
            return Ok((!piece.bytes.is_empty()).then_some(piece));
        }
        let ending = available.iter().enumerate().find_map(|(at, byte)| {
            let step = rule.step(*byte);
            (step != Step::Take).then_some((at, step))
        });
        let (taken, used) = match ending {
            None => (available.len(), available.len()),
            Some((at, Step::TakeLast)) => (at + 1, at + 1),
            Some((at, _)) => (at, at + 1),
        };
        let read = available.get(..used).unwrap_or_default();
        *line += read.split(|byte| *byte == b'\n').count() as u64 - 1;
        piece
            .bytes
            .extend_from_slice(available.get(..taken).unwrap_or_default());
        reader.consume(used);
        match ending {
            Some((_, Step::End)) if piece.bytes.is_empty() => return Ok(None),
            Some(_) => return Ok(Some(piece)),
            None if piece.bytes.len() > MAX_PIECE_BYTES => {
                piece.is_whole = false;
                return Ok(Some(piece));
            }
            None => {}
        }
    }
}

/// The items of a JSON array, after its opening bracket. What is no JSON makes items that are none.
#[derive(Debug, Default)]
pub(super) struct ArrayItems {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Whether the closing bracket was seen.
    pub(super) is_over: bool,
}

impl Rule for ArrayItems {
    fn step(&mut self, byte: u8) -> Step {
        if self.is_over {
            return Step::Take;
        }
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Step::Take;
        }
        match byte {
            b'"' => self.in_string = true,
            b'[' | b'{' => self.depth += 1,
            b',' if self.depth == 0 => return Step::Between,
            b']' | b'}' if self.depth == 0 => {
                self.is_over = true;
                return Step::End;
            }
            b']' | b'}' => self.depth -= 1,
            _ => {}
        }
        Step::Take
    }
}

/// The records of a CSV file: lines, unless a line break stands in quotes.
#[derive(Debug)]
pub(super) struct CsvRecords {
    delimiter: u8,
    state: CsvState,
}

#[derive(Debug, Clone, Copy)]
enum CsvState {
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

impl CsvRecords {
    pub(super) const fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: CsvState::FieldStart,
        }
    }
}

impl Rule for CsvRecords {
    fn step(&mut self, byte: u8) -> Step {
        self.state = match (self.state, byte) {
            (CsvState::Quoted, b'"') => CsvState::QuoteInQuoted,
            (CsvState::Quoted, _) | (CsvState::QuoteInQuoted | CsvState::FieldStart, b'"') => {
                CsvState::Quoted
            }
            (_, b'\n') => {
                self.state = CsvState::FieldStart;
                return Step::TakeLast;
            }
            (_, byte) if byte == self.delimiter => CsvState::FieldStart,
            _ => CsvState::Plain,
        };
        Step::Take
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn pieces(text: &str, mut rule: impl Rule, buffer: usize) -> Vec<(String, u64)> {
        let mut reader = BufReader::with_capacity(buffer, Cursor::new(text.as_bytes()));
        let (mut line, mut all) = (1, Vec::new());
        while let Some(piece) = next_piece(&mut reader, &mut rule, &mut line).expect("memory can be read") {
            assert!(piece.is_whole);
            all.push((String::from_utf8(piece.bytes).expect("is UTF-8"), piece.line));
        }
        all
    }

    #[test]
    fn items_of_an_array_end_at_its_own_commas() {
        let text = "{\"a,]\": [1,2]},\n\"x\\\",]\" ,[],3]";
        let expected = [
            ("{\"a,]\": [1,2]}", 1),
            ("\n\"x\\\",]\" ", 1),
            ("[]", 2),
            ("3", 2),
        ];
        let found = pieces(text, ArrayItems::default(), 3);
        let found: Vec<_> = found.iter().map(|(text, line)| (text.as_str(), *line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn records_end_at_line_breaks_outside_quotes() {
        let text = "a,\"b\nc\"\"\n\",d\n5\" x,\"y\"\n\nlast";
        let expected = [
            ("a,\"b\nc\"\"\n\",d\n", 1),
            ("5\" x,\"y\"\n", 4),
            ("\n", 5),
            ("last", 6),
        ];
        let found = pieces(text, CsvRecords::new(b','), 2);
        let found: Vec<_> = found.iter().map(|(text, line)| (text.as_str(), *line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_too_long_is_told_apart() {
        let text = format!("\"{}", "x".repeat(MAX_PIECE_BYTES + 10));
        let mut reader = BufReader::with_capacity(1024 * 1024, Cursor::new(text.as_bytes()));
        let (mut rule, mut line) = (CsvRecords::new(b','), 1);
        let piece = next_piece(&mut reader, &mut rule, &mut line)
            .expect("can be read")
            .expect("is there");
        assert!(!piece.is_whole && piece.bytes.len() <= MAX_PIECE_BYTES + 1024 * 1024 + 1);
    }

    proptest! {
        #[test]
        fn every_item_is_found_whatever_the_buffer(
            items in prop::collection::vec("[a\"\\\\,\\[\\]{}é]{0,6}", 0..6), buffer in 1_usize..9,
        ) {
            let array = Value::from(items.clone()).to_string();
            let found = pieces(&array[1..], ArrayItems::default(), buffer);
            let read: Vec<String> =
                found.iter().map(|(item, _)| serde_json::from_str(item).expect("is JSON")).collect();
            prop_assert_eq!(read, items);
        }

        #[test]
        fn records_are_those_of_the_parser(
            rows in prop::collection::vec(prop::collection::vec("[a\",\n; ]{1,6}", 2..4), 1..6), buffer in 1_usize..9,
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("is memory");
            }
            let text = String::from_utf8(writer.into_inner().expect("is memory")).expect("is UTF-8");
            let found = pieces(&text, CsvRecords::new(b','), buffer);
            prop_assert_eq!(found.len(), rows.len());
            prop_assert_eq!(found.into_iter().map(|(piece, _)| piece).collect::<String>(), text);
        }
    }
}
