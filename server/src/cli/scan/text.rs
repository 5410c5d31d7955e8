//! Text of any length, block by block.

use vault_privacy::{Confidence, Detection, Detector, EntityType, OffsetUnit, to_unit};

/// How much text is scanned at once.
pub(super) const BLOCK_BYTES: usize = 1024 * 1024;
/// What begins this close to the end of a block is left to the next one, which sees it whole: private keys are the
/// longest findings, with less than 7 KiB.
const LEFT_OVER_BYTES: usize = 16 * 1024;
/// How much text in front of it the next block sees, for the words around a finding.
const CONTEXT_BYTES: usize = 512;

/// A finding in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextFinding {
    /// The line that it begins in, from 1.
    pub(super) line: u64,
    pub(super) entity_type: EntityType,
    /// Where it begins in its line, in code points.
    pub(super) start: usize,
    /// Where it ends, in code points from the beginning of the same line.
    pub(super) end: usize,
    pub(super) confidence: Confidence,
}

/// Takes a text in pieces and finds what one scan of the whole would find, as far as findings are no longer than
/// [`LEFT_OVER_BYTES`].
pub(super) struct TextScan<'d> {
    detector: &'d Detector,
    /// Bytes of a character that is not complete yet.
    partial: Vec<u8>,
    text: String,
    /// The place where `text` begins.
    place: Place,
    /// Up to where in `text` all was reported.
    reported_to: usize,
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

impl<'d> TextScan<'d> {
    /// A scan of a text that begins with this line.
    pub(super) const fn new(detector: &'d Detector, line: u64) -> Self {
        Self {
            detector,
            partial: Vec::new(),
            text: String::new(),
            place: Place { line, column: 0 },
            reported_to: 0,
        }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(TextFinding)) {
        for piece in bytes.chunks(BLOCK_BYTES) {
            self.decode(piece);
            if self.text.len() >= BLOCK_BYTES {
                self.block(sink);
            }
        }
    }

    /// Ends the text.
    pub(super) fn finish(mut self, sink: &mut dyn FnMut(TextFinding)) {
        if !self.partial.is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        let findings = self.detector.scan_text(&self.text);
        self.report(&findings, self.text.len(), sink);
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

    /// Scans what is there, and keeps what the next block begins with.
    fn block(&mut self, sink: &mut dyn FnMut(TextFinding)) {
        let handover = self.line_start_near(self.text.len() - LEFT_OVER_BYTES);
        let findings = self.detector.scan_text(&self.text);
        self.report(&findings, handover, sink);
        self.reported_to = self.reported_to.max(handover);
        let kept_from = self
            .line_start_near(handover.saturating_sub(CONTEXT_BYTES))
            .min(handover);
        self.place = self.place.after(self.text.get(..kept_from).unwrap_or_default());
        self.text.drain(..kept_from);
        self.reported_to -= kept_from;
    }

    /// The first line that begins after an offset, while it is near; or else the offset, before a character.
    fn line_start_near(&self, offset: usize) -> usize {
        let offset = self.text.floor_char_boundary(offset);
        let near = self.text.floor_char_boundary(offset + CONTEXT_BYTES);
        let ahead = self.text.get(offset..near).unwrap_or_default();
        ahead.find('\n').map_or(offset, |at| offset + at + 1)
    }

    /// Reports what begins before an offset and was not reported yet.
    fn report(&mut self, findings: &[Detection], before: usize, sink: &mut dyn FnMut(TextFinding)) {
        let in_bytes = to_unit(&self.text, findings, OffsetUnit::Utf8);
        let (mut place, mut at) = (self.place, 0);
        for (finding, bytes) in findings.iter().zip(in_bytes) {
            if bytes.start < self.reported_to || bytes.start >= before {
                continue;
            }
            place = place.after(self.text.get(at..bytes.start).unwrap_or_default());
            at = bytes.start;
            self.reported_to = bytes.end;
            sink(TextFinding {
                line: place.line,
                entity_type: finding.entity_type,
                start: place.column,
                end: place.column + (finding.end - finding.start),
                confidence: finding.confidence,
            });
        }
    }
}
