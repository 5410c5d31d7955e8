//! Text of any length, block by block: blocks are cut in order, and scanned in any.

use std::mem;

use vault_privacy::{Detection, Detector, OffsetUnit, ScanError, to_unit};

/// How much text is scanned at once.
pub(super) const BLOCK_BYTES: usize = 1024 * 1024;
/// What begins this close to the end of a block is left to the next one, which sees it whole: private keys are the
/// longest findings, with less than 7 KiB.
const LEFT_OVER_BYTES: usize = 16 * 1024;
/// How much text in front of it the next block sees, for the words around a finding.
const CONTEXT_BYTES: usize = 512;

/// A stretch of a text.
#[derive(Debug)]
pub(super) struct Block {
    text: String,
    place: Place,
    /// The offset in the whole text at which it begins, in bytes.
    begins_at: u64,
    /// What begins before this was told by the block before.
    report_from: usize,
    /// What begins here or later is told by the next block.
    report_to: usize,
}

/// A finding in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextFinding {
    /// The line that it begins in, from 1.
    pub(super) line: u64,
    /// With offsets in code points from the beginning of that line.
    pub(super) detection: Detection,
    /// Where it lies in the whole text, in bytes.
    pub(super) bytes: std::ops::Range<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    line: u64,
    column: usize,
}

impl Place {
    /// The place after a text that begins here.
    fn after(self, text: &str) -> Self {
        let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
        match text.rfind('\n') {
            None => Self {
                line: self.line,
                column: self.column + text.chars().count(),
            },
            Some(at) => Self {
                line: self.line + breaks as u64,
                column: text.get(at + 1..).unwrap_or_default().chars().count(),
            },
        }
    }
}

/// Cuts a text that comes in pieces into blocks, which together hold every finding that is no longer than
/// [`LEFT_OVER_BYTES`] whole.
pub(super) struct Blocks {
    /// Bytes of a character that is not complete yet.
    partial: Vec<u8>,
    text: String,
    /// The place where `text` begins.
    place: Place,
    begins_at: u64,
    /// Up to where in `text` blocks before it tell what they find.
    told_to: usize,
}

impl Blocks {
    /// A text that begins with this line.
    pub(super) const fn new(line: u64) -> Self {
        Self {
            partial: Vec::new(),
            text: String::new(),
            place: Place { line, column: 0 },
            begins_at: 0,
            told_to: 0,
        }
    }

    /// Takes the next piece, of at most [`BLOCK_BYTES`]; gives a block when there is enough for one.
    pub(super) fn push(&mut self, piece: &[u8]) -> Option<Block> {
        self.decode(piece);
        (self.text.len() >= BLOCK_BYTES).then(|| self.block())
    }

    /// Ends the text.
    pub(super) fn finish(mut self) -> Block {
        if !self.partial.is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        Block {
            report_to: self.text.len(),
            text: self.text,
            place: self.place,
            begins_at: self.begins_at,
            report_from: self.told_to,
        }
    }

    /// Appends a piece; what is not UTF-8 becomes a replacement character each.
    fn decode(&mut self, piece: &[u8]) {
        self.partial.extend_from_slice(piece);
        let mut rest = self.partial.as_slice();
        let unfinished = loop {
            let error = match str::from_utf8(rest) {
                Ok(text) => {
                    self.text.push_str(text);
                    break 0;
                }
                Err(error) => error,
            };
            let (valid, invalid) = rest.split_at(error.valid_up_to());
            self.text.push_str(str::from_utf8(valid).unwrap_or_default());
            let Some(length) = error.error_len() else {
                break invalid.len();
            };
            self.text.push(char::REPLACEMENT_CHARACTER);
            rest = invalid.get(length..).unwrap_or_default();
        };
        self.partial.drain(..self.partial.len() - unfinished);
    }

    /// Gives what is there, and keeps what the next block begins with.
    fn block(&mut self) -> Block {
        let handover = self.line_start_near(self.text.len() - LEFT_OVER_BYTES);
        let kept_from = self
            .line_start_near(handover.saturating_sub(CONTEXT_BYTES))
            .min(handover);
        let kept = self.text.get(kept_from..).unwrap_or_default().to_owned();
        let block = Block {
            text: mem::replace(&mut self.text, kept),
            place: self.place,
            begins_at: self.begins_at,
            report_from: self.told_to,
            report_to: handover,
        };
        self.place = self.place.after(block.text.get(..kept_from).unwrap_or_default());
        self.begins_at += kept_from as u64;
        self.told_to = handover - kept_from;
        block
    }

    /// The first line that begins after an offset, while it is near; or else the offset, before a character.
    fn line_start_near(&self, offset: usize) -> usize {
        let offset = self.text.floor_char_boundary(offset);
        let near = self.text.floor_char_boundary(offset + CONTEXT_BYTES);
        let ahead = self.text.get(offset..near).unwrap_or_default();
        ahead.find('\n').map_or(offset, |at| offset + at + 1)
    }
}

impl Block {
    /// What it holds, and the text of each finding.
    pub(super) fn scan(
        &self,
        detector: &Detector,
        sink: &mut dyn FnMut(TextFinding, &str),
    ) -> Result<(), ScanError> {
        let findings = detector.scan_text(&self.text)?;
        let in_bytes = to_unit(&self.text, &findings, OffsetUnit::Utf8);
        let (mut place, mut at) = (self.place, 0);
        for (finding, bytes) in findings.iter().zip(in_bytes) {
            if bytes.start < self.report_from || bytes.start >= self.report_to {
                continue;
            }
            place = place.after(self.text.get(at..bytes.start).unwrap_or_default());
            at = bytes.start;
            let found = TextFinding {
                line: place.line,
                detection: Detection {
                    start: place.column,
                    end: place.column + (finding.end - finding.start),
                    ..*finding
                },
                bytes: self.begins_at + bytes.start as u64..self.begins_at + bytes.end as u64,
            };
            sink(found, self.text.get(bytes.start..bytes.end).unwrap_or_default());
        }
        Ok(())
    }
}

/// Passes over findings of one text that begin within the one before, which a block before told of whole.
#[derive(Debug, Default)]
pub(super) struct Overlaps {
    told_to: u64,
}

impl Overlaps {
    /// Whether a finding is a new one; they come in order.
    pub(super) const fn is_new(&mut self, bytes: &std::ops::Range<u64>) -> bool {
        let is_new = bytes.start >= self.told_to;
        if is_new {
            self.told_to = bytes.end;
        }
        is_new
    }
}
