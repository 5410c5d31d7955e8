//! What one thread scans at a time, and how.

use std::sync::Arc;

use serde_json::Value;
use vault_privacy::{
    Cell, Confidence, Detection, Detector, EntityType, FieldDetection, ScanError, Strategy, anonymize_text,
    span_model::ModelFailure,
};

use super::{
    fields::HiddenKeys,
    finding::{Finding, Kind, Place},
    split::Piece,
    text::{BLOCK_BYTES, Block, Blocks, Overlaps, TextFinding},
};
use crate::cli::lines::trim_json;

/// The longest name of a column that is shown, in characters.
const MAX_COLUMN_CHARS: usize = 128;

/// What one thread scans at a time.
#[derive(Debug)]
pub(super) enum Work {
    /// A stretch of a text; those of one text have its number.
    Text { text: u64, block: Block },
    /// JSON lines, from this one on.
    Lines { first: u64, bytes: Vec<u8> },
    /// A JSON document.
    Document(Vec<u8>),
    /// Items of a JSON array, from this one on.
    Items { first: u64, items: Vec<Piece> },
    /// Records of a CSV file, from this one on.
    Records {
        table: Arc<Table>,
        first: u64,
        records: Vec<Piece>,
    },
    /// Rows of a Parquet file, from this one on.
    Rows { first: u64, rows: Vec<Value> },
}

/// The shape of a CSV file.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) delimiter: u8,
    /// The names of the columns; empty where the file has none.
    pub(super) columns: Vec<String>,
}

impl Table {
    /// Reads the records of a piece, each with the line that it begins in.
    pub(super) fn records(&self, piece: &Piece) -> Vec<(u64, Vec<String>)> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(piece.bytes.as_slice());
        // bytes in memory are always records
        let records = reader.byte_records().filter_map(Result::ok);
        let cells = |record: csv::ByteRecord| {
            let line = record.position().map_or(1, csv::Position::line);
            let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
            (piece.line + line - 1, record.iter().map(text).collect())
        };
        records.map(cells).collect()
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.columns
            .get(index)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
    }

    /// How a column is shown.
    fn shown(&self, index: usize) -> String {
        match self.name(index) {
            Some(name) => name.chars().take(MAX_COLUMN_CHARS).collect(),
            None => (index + 1).to_string(),
        }
    }
}

/// Whether findings come with samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Samples {
    /// Masked ones.
    Masked,
    /// None.
    None,
}

/// A finding, and where it lies in a text that came in blocks.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) finding: Finding,
    /// The text's number, and its bytes.
    pub(super) in_text: Option<(u64, std::ops::Range<u64>)>,
}

/// Scans pieces of files; any number of threads may.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'d> {
    pub(super) detector: &'d Detector,
    pub(super) samples: Samples,
}

impl Scanner<'_> {
    /// What the work holds, in order.
    ///
    /// # Errors
    /// When the model that was brought along fails: then nobody knows what the work holds.
    pub(super) fn scan(&self, work: Work) -> Result<Vec<Found>, ScanError> {
        let mut all = Vec::new();
        match work {
            Work::Text { text, block } => block.scan(self.detector, &mut |found, matched| {
                let in_text = Some((text, found.bytes.clone()));
                let finding = self.in_text(&found, matched);
                all.push(Found { finding, in_text });
            })?,
            Work::Lines { first, bytes } => self.lines(first, &bytes, &mut all)?,
            Work::Document(bytes) => self.document(&bytes, &mut all)?,
            Work::Items { first, items } => {
                for (index, item) in (first..).zip(&items) {
                    let found = self.json(&item.bytes, &Place::default(), Some(index))?;
                    all.extend(self.or_text(found, &item.bytes, item.line)?);
                }
            }
            Work::Records {
                table,
                first,
                records,
            } => {
                let records = records.iter().flat_map(|piece| table.records(piece));
                for (row, (line, cells)) in (first..).zip(records) {
                    self.record(&table, row, line, &cells, &mut all)?;
                }
            }
            Work::Rows { first, rows } => {
                for (row, value) in (first..).zip(&rows) {
                    let place = Place {
                        row: Some(row),
                        ..Place::default()
                    };
                    let found = self.json(value.to_string().as_bytes(), &place, None)?;
                    all.extend(found.unwrap_or_default());
                }
            }
        }
        Ok(all)
    }

    /// Whether something is found in a line of names: then they are none.
    pub(super) fn is_data(&self, cells: &[String]) -> Result<bool, ModelFailure> {
        let mut any = false;
        let cells = cells.iter().map(|text| Cell { column: None, text });
        self.detector
            .scan_cells(cells, self.detector.min_confidence(), &mut |_, _, _| any = true)?;
        Ok(any)
    }

    fn lines(&self, first: u64, bytes: &[u8], all: &mut Vec<Found>) -> Result<(), ScanError> {
        for (line, bytes) in (first..).zip(bytes.split(|byte| *byte == b'\n')) {
            let json = trim_json(bytes);
            if json.is_empty() {
                continue;
            }
            let place = Place {
                line: Some(line),
                ..Place::default()
            };
            let found = self.json(json, &place, None)?;
            all.extend(self.or_text(found, bytes, line)?);
        }
        Ok(())
    }

    /// A document; many files of JSON lines are called .json.
    fn document(&self, bytes: &[u8], all: &mut Vec<Found>) -> Result<(), ScanError> {
        match self.json(bytes, &Place::default(), None)? {
            Some(found) => all.extend(found),
            None => self.lines(1, bytes, all)?,
        }
        Ok(())
    }

    /// What was found in JSON, or in the same bytes as a text when they are none.
    fn or_text(&self, found: Option<Vec<Found>>, bytes: &[u8], line: u64) -> Result<Vec<Found>, ScanError> {
        match found {
            Some(found) => Ok(found),
            None => self.text(bytes, line),
        }
    }

    /// What a JSON text holds; none if it is none, or cannot be walked through.
    fn json(&self, json: &[u8], place: &Place, item: Option<u64>) -> Result<Option<Vec<Found>>, ScanError> {
        let Ok(json) = str::from_utf8(json) else {
            return Ok(None);
        };
        let mut found: Vec<(FieldDetection, Option<String>)> = Vec::new();
        let least = self.detector.min_confidence();
        let mut sink = |finding: FieldDetection, matched: &str| {
            let masked = self.masked(finding.detection.entity_type, matched);
            found.push((finding, masked));
        };
        match self.detector.scan_json_each(json, least, &mut sink) {
            Ok(()) => {}
            Err(error @ ScanError::Model(_)) => return Err(error),
            Err(_) => return Ok(None),
        }
        let hidden = HiddenKeys::of(found.iter().map(|(finding, _)| finding));
        let told = found.into_iter().map(|(finding, masked)| {
            let (field, pointer) = hidden.shown(&finding.field, item);
            let place = Place {
                field: Some(field),
                pointer,
                part: Some(finding.part),
                ..place.clone()
            };
            self.told(place, &finding.detection, masked)
        });
        Ok(Some(told.collect()))
    }

    fn record(
        &self,
        table: &Table,
        row: u64,
        line: u64,
        cells: &[String],
        all: &mut Vec<Found>,
    ) -> Result<(), ModelFailure> {
        let named = cells.iter().enumerate().map(|(index, text)| Cell {
            column: table.name(index),
            text,
        });
        let least = self.detector.min_confidence();
        self.detector
            .scan_cells(named, least, &mut |index, found, matched| {
                let place = Place {
                    line: Some(line),
                    row: Some(row),
                    column: Some(table.shown(index)),
                    ..Place::default()
                };
                let masked = self.masked(found.entity_type, matched);
                all.push(self.told(place, &found, masked));
            })
    }

    /// A text that is short enough to be scanned by one thread.
    fn text(&self, bytes: &[u8], line: u64) -> Result<Vec<Found>, ScanError> {
        let (mut all, mut overlaps, mut blocks) = (Vec::new(), Overlaps::default(), Blocks::new(line));
        let mut sink = |found: TextFinding, matched: &str| {
            if overlaps.is_new(&found.bytes) {
                let finding = self.in_text(&found, matched);
                all.push(Found {
                    finding,
                    in_text: None,
                });
            }
        };
        for piece in bytes.chunks(BLOCK_BYTES) {
            if let Some(block) = blocks.push(piece) {
                block.scan(self.detector, &mut sink)?;
            }
        }
        blocks.finish().scan(self.detector, &mut sink)?;
        Ok(all)
    }

    fn in_text(&self, found: &TextFinding, matched: &str) -> Finding {
        let place = Place {
            line: Some(found.line),
            ..Place::default()
        };
        let masked = self.masked(found.detection.entity_type, matched);
        Finding::new(place, self.kind(&found.detection), &found.detection, masked)
    }

    fn told(&self, place: Place, found: &Detection, masked: Option<String>) -> Found {
        Found {
            finding: Finding::new(place, self.kind(found), found, masked),
            in_text: None,
        }
    }

    fn kind(&self, found: &Detection) -> Kind {
        let custom = found.custom.and_then(|id| self.detector.custom_type(id));
        Kind {
            entity_type: found.entity_type,
            custom: custom.map(|custom| Arc::clone(&custom.name)),
            sensitivity: custom.map_or_else(|| found.entity_type.sensitivity(), |custom| custom.sensitivity),
        }
    }

    fn masked(&self, kind: EntityType, matched: &str) -> Option<String> {
        (self.samples == Samples::Masked).then(|| masked(kind, matched))
    }
}

/// A finding with its letters and digits starred; of one that has none nothing is shown.
fn masked(kind: EntityType, matched: &str) -> String {
    const MAX_CHARS: usize = 64;
    let shown: String = matched.chars().take(MAX_CHARS).collect();
    let whole = Detection {
        // of no other type anything stays readable
        entity_type: if kind.is_secret() {
            kind
        } else {
            EntityType::Custom
        },
        start: 0,
        end: shown.chars().count(),
        confidence: Confidence::from_percent(0),
        custom: None,
        test_value: false,
    };
    let starred = anonymize_text(&shown, &[whole], &Strategy::Mask);
    let cut = if shown.len() < matched.len() { "…" } else { "" };
    if starred == shown {
        "***".to_owned()
    } else {
        starred + cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_show_the_form_alone() {
        assert_eq!(
            masked(EntityType::Email, "jo.doe@example.com"),
            "**.***@*******.***"
        );
        assert_eq!(
            masked(EntityType::CreditCard, "4111 1111 1111 1234"),
            "**** **** **** ****"
        );
        assert_eq!(masked(EntityType::Custom, "--- /// ---"), "***");
        let long = masked(EntityType::PrivateKey, &"k".repeat(100));
        assert!(long.ends_with('…') && !long.contains('k'), "{long}");
    }
}
