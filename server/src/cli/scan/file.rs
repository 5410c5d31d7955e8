//! One file: what kind of text it is, and what is found in it.

use std::{
    fs::File,
    io::{self, BufRead, Cursor, Read},
    path::Path,
};

use indicatif::ProgressBar;
use vault_privacy::{Confidence, Detector, EntityType, FieldDetection};

use super::{
    fields::hide_keys,
    text::{BLOCK_BYTES, TextFinding, TextScan},
};
use crate::cli::{
    input,
    lines::{Line, Lines, trim_json},
};

/// The longest JSON line that is read field by field; a longer one is read as text.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// The largest JSON document that is read field by field; a larger one is read as text.
const MAX_DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;
/// How much of a file is looked at to see whether it is text.
const SNIFFED_BYTES: u64 = 8 * 1024;

/// Whether a file was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// It was.
    Text,
    /// It is no text.
    Binary,
}

/// One finding in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The line, from 1; none in a JSON document, whose fields say where.
    pub(super) line: Option<u64>,
    /// The path to the field of the JSON value.
    pub(super) field: Option<String>,
    pub(super) entity_type: EntityType,
    /// Where it begins in its field or line, in code points.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    pub(super) confidence: Confidence,
}

impl Finding {
    fn in_field(line: Option<u64>, found: FieldDetection) -> Self {
        let FieldDetection { field, detection, .. } = found;
        Self {
            line,
            field: Some(field),
            entity_type: detection.entity_type,
            start: detection.start,
            end: detection.end,
            confidence: detection.confidence,
        }
    }
}

impl From<TextFinding> for Finding {
    fn from(found: TextFinding) -> Self {
        let TextFinding {
            line,
            entity_type,
            start,
            end,
            confidence,
        } = found;
        Self {
            line: Some(line),
            field: None,
            entity_type,
            start,
            end,
            confidence,
        }
    }
}

/// Takes findings until it answers no.
pub(super) type Sink<'s> = dyn FnMut(Finding) -> bool + 's;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    JsonLines,
    Document,
    Text,
}

impl Kind {
    fn of(path: &Path) -> Self {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("jsonl" | "ndjson") => Self::JsonLines,
            Some("json" | "ipynb" | "geojson") => Self::Document,
            _ => Self::Text,
        }
    }
}

/// Scans files with one detector.
pub(super) struct Scanner<'d> {
    detector: &'d Detector,
}

impl<'d> Scanner<'d> {
    pub(super) const fn new(detector: &'d Detector) -> Self {
        Self { detector }
    }

    /// Scans a file.
    ///
    /// # Errors
    /// When it cannot be read to its end; what was found until then has been told.
    pub(super) fn scan(&self, path: &Path, bar: ProgressBar, sink: &mut Sink<'_>) -> io::Result<Content> {
        let mut reader = input::decoded(File::open(path)?, bar)?;
        let mut start = Vec::new();
        reader.by_ref().take(SNIFFED_BYTES).read_to_end(&mut start)?;
        if start.contains(&0) {
            return Ok(Content::Binary);
        }
        let reader = Cursor::new(start).chain(reader);
        match Kind::of(path) {
            Kind::JsonLines => self.lines(reader, sink)?,
            Kind::Document => self.document(reader, sink)?,
            Kind::Text => self.text(reader, sink)?,
        }
        Ok(Content::Text)
    }

    fn document(&self, mut reader: impl BufRead, sink: &mut Sink<'_>) -> io::Result<()> {
        let mut document = Vec::new();
        reader
            .by_ref()
            .take(MAX_DOCUMENT_BYTES)
            .read_to_end(&mut document)?;
        if !reader.fill_buf()?.is_empty() {
            return self.text(Cursor::new(document).chain(reader), sink);
        }
        let text = str::from_utf8(&document).map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
        let scanned = text.ok().and_then(|text| self.detector.scan_json(text).ok());
        match scanned {
            Some(found) => {
                tell(None, found, sink);
                Ok(())
            }
            // many files of JSON lines are called .json
            None => self.lines(Cursor::new(document), sink),
        }
    }

    fn lines(&self, reader: impl BufRead, sink: &mut Sink<'_>) -> io::Result<()> {
        let mut lines = Lines::new(reader, MAX_LINE_BYTES);
        let mut long: Option<TextScan<'_>> = None;
        while let Some(line) = lines.next()? {
            if line.first {
                finish(long.take(), sink);
            }
            if line.is_whole() {
                self.line(&line, sink);
                continue;
            }
            let scan = long.get_or_insert_with(|| TextScan::new(self.detector, line.number));
            scan.push(line.bytes, &mut |found| _ = sink(found.into()));
        }
        finish(long, sink);
        Ok(())
    }

    fn line(&self, line: &Line<'_>, sink: &mut Sink<'_>) {
        let json = str::from_utf8(trim_json(line.bytes)).ok();
        let found = json
            .filter(|json| !json.is_empty())
            .and_then(|json| self.detector.scan_json(json).ok());
        if let Some(found) = found {
            tell(Some(line.number), found, sink);
            return;
        }
        let mut scan = TextScan::new(self.detector, line.number);
        scan.push(line.bytes, &mut |found| _ = sink(found.into()));
        finish(Some(scan), sink);
    }

    fn text(&self, mut reader: impl BufRead, sink: &mut Sink<'_>) -> io::Result<()> {
        let mut scan = TextScan::new(self.detector, 1);
        loop {
            let bytes = reader.fill_buf()?;
            let length = bytes.len().min(BLOCK_BYTES);
            if length == 0 {
                finish(Some(scan), sink);
                return Ok(());
            }
            scan.push(bytes.get(..length).unwrap_or_default(), &mut |found| {
                _ = sink(found.into());
            });
            reader.consume(length);
        }
    }
}

fn tell(line: Option<u64>, mut found: Vec<FieldDetection>, sink: &mut Sink<'_>) {
    hide_keys(&mut found);
    for finding in found {
        sink(Finding::in_field(line, finding));
    }
}

fn finish(scan: Option<TextScan<'_>>, sink: &mut Sink<'_>) {
    if let Some(scan) = scan {
        scan.finish(&mut |found| _ = sink(found.into()));
    }
}
