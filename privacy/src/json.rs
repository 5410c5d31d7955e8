//! JSON, field by field.

use std::borrow::Cow;

use serde::de::DeserializeSeed;
use serde_json::Value;

use crate::{
    confidence::Confidence,
    detection::{FieldDetection, FieldPart},
    detector::{Detector, Part, Scratch},
    offsets::bytes_to_code_points,
    span_model::ModelFailure,
    test_values::flag_test_values,
};

mod path;
mod visit;

use path::Path;

/// How deeply arrays and objects may nest: at this depth a document is refused.
pub const MAX_DEPTH: usize = 128;
/// How long the path to a field may be, in bytes.
pub const MAX_PATH_BYTES: usize = 4096;
/// The most findings of one document.
pub const MAX_FINDINGS: usize = 10_000;

/// A JSON text could not be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// It is no JSON.
    #[error("invalid JSON at line {line}, column {column}")]
    InvalidJson {
        /// The line of the error, from 1.
        line: usize,
        /// The column of the error, in bytes from 1.
        column: usize,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// It nests [`MAX_DEPTH`] arrays and objects, or more.
    #[error("nested {MAX_DEPTH} levels deep or more")]
    TooDeep,
    /// More is found than a caller could use, or should have to store.
    #[error("more than {MAX_FINDINGS} findings")]
    TooManyFindings,
    /// The path to a field is longer than [`MAX_PATH_BYTES`].
    #[error("the path to a field is longer than {MAX_PATH_BYTES} bytes")]
    PathTooLong,
    /// The model of a deployment's own did not look at all of it.
    #[error(transparent)]
    Model(#[from] ModelFailure),
}

/// Takes a finding, and the text that was found.
pub(crate) type Sink<'s> = dyn FnMut(FieldDetection, &str) + 's;

/// The walk through one document: where it is, and what it found.
struct Walk<'d> {
    detector: &'d Detector,
    scratch: Scratch,
    path: Path,
    found: usize,
    sink: &'d mut Sink<'d>,
    /// Why the document is refused, when it is not the parser that refuses it.
    refusal: Option<ScanError>,
}

impl<'d> Walk<'d> {
    fn new(detector: &'d Detector, least: Confidence, sink: &'d mut Sink<'d>) -> Self {
        Self {
            detector,
            scratch: Scratch::new(least),
            path: Path::default(),
            found: 0,
            sink,
            refusal: None,
        }
    }

    /// Scans a string or number at the current path; `name` is the nearest object key.
    fn value(&mut self, text: &str, name: Option<&str>) {
        self.part(text, Part::of(name), FieldPart::Value);
    }

    /// Scans the key that ends the current path.
    fn key(&mut self, key: &str) {
        self.part(key, Part::Key, FieldPart::Key);
    }

    fn part(&mut self, text: &str, part: Part<'_>, told_as: FieldPart) {
        // what was refused already is refused, whatever else it holds
        if self.refusal.is_some() {
            return;
        }
        match self.detector.scan_part(text, part, &mut self.scratch) {
            Ok(()) => self.report(text, told_as),
            Err(failure) => self.refusal = Some(failure.into()),
        }
    }

    fn report(&mut self, text: &str, part: FieldPart) {
        let mut detections = self.scratch.detections();
        if detections.is_empty() {
            return;
        }
        self.found += detections.len();
        if self.found > MAX_FINDINGS {
            self.refusal = Some(ScanError::TooManyFindings);
            return;
        }
        flag_test_values(text, &mut detections);
        let in_bytes = detections.clone();
        bytes_to_code_points(text, &mut detections);
        let field = self.path.to_string();
        for (detection, bytes) in detections.into_iter().zip(in_bytes) {
            let found = FieldDetection {
                field: field.clone(),
                part,
                detection,
            };
            (self.sink)(found, text.get(bytes.start..bytes.end).unwrap_or_default());
        }
    }

    fn float(&mut self, number: f64, name: Option<&str>) {
        if let Some(text) = whole_number(number) {
            self.value(&text, name);
        }
    }
}

/// The decimal text of a whole number that a writer stored as a float, while it is exact.
fn whole_number(number: f64) -> Option<String> {
    const EXACT_TO: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() < EXACT_TO).then(|| format!("{number:.0}"))
}

/// Scans a JSON text as a stream. What was told before an error counts for nothing.
pub(crate) fn scan_text<'d>(
    detector: &'d Detector,
    json: &str,
    least: Confidence,
    sink: &'d mut Sink<'d>,
) -> Result<(), ScanError> {
    let mut walk = Walk::new(detector, least, sink);
    let mut parser = serde_json::Deserializer::from_str(json);
    let visited = visit::Element {
        walk: &mut walk,
        name: None,
    }
    .deserialize(&mut parser);
    match visited.and_then(|()| parser.end()) {
        Ok(()) => walk.refusal.map_or(Ok(()), Err),
        Err(error) => Err(walk.refusal.take().unwrap_or_else(|| refusal(error))),
    }
}

fn refusal(source: serde_json::Error) -> ScanError {
    // serde_json counts the depth before it calls a visitor, and tells it in words only.
    if source.is_syntax() && source.to_string().starts_with("recursion limit exceeded") {
        return ScanError::TooDeep;
    }
    ScanError::InvalidJson {
        line: source.line(),
        column: source.column(),
        source,
    }
}

/// Scans a value that was parsed already. What was told before an error counts for nothing.
pub(crate) fn scan_value<'d>(
    detector: &'d Detector,
    value: &Value,
    least: Confidence,
    sink: &'d mut Sink<'d>,
) -> Result<(), ScanError> {
    let mut walk = Walk::new(detector, least, sink);
    walk_value(&mut walk, value, None, 0)?;
    walk.refusal.map_or(Ok(()), Err)
}

fn walk_value(walk: &mut Walk<'_>, value: &Value, name: Option<&str>, depth: usize) -> Result<(), ScanError> {
    if depth >= MAX_DEPTH {
        return Err(ScanError::TooDeep);
    }
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::String(text) => {
            walk.value(text, name);
            Ok(())
        }
        Value::Number(number) => {
            if number.is_f64() {
                walk.float(number.as_f64().unwrap_or(f64::NAN), name);
            } else {
                walk.value(&number.to_string(), name);
            }
            Ok(())
        }
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            let mark = walk.path.push_index(index).ok_or(ScanError::PathTooLong)?;
            walk_value(walk, item, name, depth + 1)?;
            walk.path.truncate(mark);
            Ok(())
        }),
        Value::Object(members) => members.iter().try_for_each(|(key, member)| {
            let mark = walk.path.push_key(key).ok_or(ScanError::PathTooLong)?;
            walk.key(key);
            walk_value(walk, member, Some(key), depth + 1)?;
            walk.path.truncate(mark);
            Ok(())
        }),
    }
}

/// A name that outlives the parser's buffers.
type Name<'de> = Cow<'de, str>;
